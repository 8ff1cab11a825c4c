import assert from 'node:assert/strict';
import { multiaddr } from '@multiformats/multiaddr';
import { DialGate, isLocalAddress } from '../../../../../src/engine/net/ipfs/dialGate.ts';

describe('DialGate', () => {
  for (const [address, local] of [
    ['/ip4/127.0.0.1/tcp/1', true],
    ['/ip4/192.168.1.7/tcp/4001', true],
    ['/ip4/10.0.0.1/tcp/1', true],
    ['/ip4/172.31.0.1/tcp/1', true],
    ['/ip4/172.32.0.1/tcp/1', false],
    ['/ip4/8.8.8.8/tcp/1', false],
    ['/ip6/::1/tcp/1', true],
    ['/ip6/fe80::1/tcp/1', true],
    ['/ip6/fd00::1/tcp/1', true],
    ['/ip6/2606:4700::1/tcp/1', false],
    ['/ip6/::ffff:8.8.8.8/tcp/1', false],
    ['/dns4/localhost/tcp/1', false],
    ['/dnsaddr/bootstrap.libp2p.io', false],
  ] as const) {
    it(`${address} is ${local ? '' : 'not '}local`, () => assert.equal(isLocalAddress(multiaddr(address)), local));
  }

  it('lets out of the local networks only in the public one, or to an address that the user named', () => {
    const address = multiaddr('/ip4/8.8.8.8/tcp/4001');
    const gate = new DialGate({ network: 'private' });
    assert.equal(gate.refuses(address), true);
    gate.allow(multiaddr('/ip4/8.8.8.8/tcp/4001/p2p/12D3KooWJoEk3usVNLVrgYXCKsud5WXFBLbfEy6UM1YEr9MjDemb'));
    assert.equal(gate.refuses(address), false);
    assert.equal(gate.refuses(multiaddr('/ip4/8.8.8.8/tcp/4002')), true);
    assert.equal(new DialGate({ network: 'public' }).refuses(multiaddr('/ip4/1.1.1.1/tcp/1')), false);
  });
});
