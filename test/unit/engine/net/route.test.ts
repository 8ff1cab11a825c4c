import assert from 'node:assert/strict';
import { DEFAULT_NETWORK, type NetworkSettings } from '../../../../src/contract/settings.ts';
import { forwarder, forwardHeaders, requestTarget, routeTo, tunnels } from '../../../../src/engine/net/route.ts';
import { basicAuthorization } from '../../../support/servers/answers.ts';
import { assertCode, thrown } from '../assertCode.ts';

function route(link: string, network: Partial<NetworkSettings> = {}): ReturnType<typeof routeTo> {
  return routeTo(new URL(link), { ...DEFAULT_NETWORK, ...network }, {});
}

describe('routeTo', () => {
  const ends: [link: string, hostname: string, port: number, secure: boolean][] = [
    ['http://a.example/x', 'a.example', 80, false],
    ['https://a.example/x', 'a.example', 443, true],
    ['https://a.example:8443/x', 'a.example', 8443, true],
    ['http://[2001:db8::1]:81/x', '2001:db8::1', 81, false],
    ['http://bücher.example/x', 'xn--bcher-kva.example', 80, false],
  ];
  for (const [link, hostname, port, secure] of ends) {
    it(`${link} is at ${hostname}, port ${port}`, () => {
      const { origin, proxy } = route(link);
      assert.deepEqual([origin.hostname, origin.port, origin.tls !== null, proxy], [hostname, port, secure, null]);
    });
  }

  it('checks the certificates of origins always, those of proxies unless told otherwise', () => {
    const lax = route('https://a.example/', { proxy: 'https://proxy:3128', proxyStrictSSL: false });
    assert.deepEqual([lax.origin.tls?.verified, lax.proxy?.tls?.verified], [true, false]);
    assert.equal(route('https://a.example/', { proxy: 'https://proxy:3128' }).proxy?.tls?.verified, true);
    assert.equal(route('https://a.example/', { proxy: 'http://proxy:3128' }).proxy?.tls, null);
  });

  it('has a key of its own for each pair of origin and proxy', () => {
    const keys = ['', 'http://p:1', 'https://p:1', 'http://p:2'].flatMap((proxy) =>
      ['http://a.example/x', 'https://a.example/x', 'http://a.example:81/x'].map((link) => route(link, { proxy }).key),
    );
    assert.equal(new Set(keys).size, keys.length);
    assert.equal(route('http://a.example/x').key, route('http://A.example:80/y?z').key);
  });

  const passwords: [address: string, user: string, password: string][] = [
    ['http://u:p@proxy:3128', 'u', 'p'],
    ['http://u@proxy:3128', 'u', ''],
    ['http://u%40corp:p%3A%C3%A9@proxy:3128', 'u@corp', 'p:é'],
    ['http://u:100%@proxy:3128', 'u', '100%'],
  ];
  for (const [address, user, password] of passwords) {
    it(`${address} is asked as ${user} with "${password}", and shown without`, () => {
      const { proxy, key } = route('http://a.example/', { proxy: address });
      assert.equal(proxy?.authorization, basicAuthorization(user, password));
      assert.equal(proxy?.host, 'proxy:3128');
      assert.ok(!key.includes('@'));
    });
  }

  it('lets the setting for the authorization win over the address', () => {
    const network = { proxy: 'http://u:p@proxy:3128', proxyAuthorization: 'Bearer x' };
    assert.equal(route('http://a.example/', network).proxy?.authorization, 'Bearer x');
  });

  for (const address of ['socks5://proxy:1080', 'ftp://proxy', 'http://', 'http://pro xy:1']) {
    it(`refuses the proxy ${address}`, () => {
      assertCode(
        thrown(() => route('http://a.example/', { proxy: address })),
        'proxy-unsupported',
      );
    });
  }

  it('hands plain links to the proxy, and tunnels the secure ones', () => {
    const network = { proxy: 'http://u:p@proxy:3128' };
    const plain = route('http://a.example/', network);
    const secure = route('https://a.example/', network);
    assert.deepEqual([tunnels(plain), forwarder(plain)], [false, plain.proxy]);
    assert.deepEqual([tunnels(secure), forwarder(secure)], [true, null]);
    assert.deepEqual(Object.keys(forwardHeaders(plain)), ['proxy-authorization']);
    assert.deepEqual(forwardHeaders(secure), {});
    const url = new URL('http://a.example/x%2fy?z=%zz#part');
    assert.equal(requestTarget(url, plain), 'http://a.example/x%2fy?z=%zz');
    assert.equal(requestTarget(url, secure), '/x%2fy?z=%zz');
  });
});
