import assert from 'node:assert/strict';
import type { BitswapWire, PeerMessage } from '../../../../../src/engine/net/ipfs/bitswapWire.ts';
import { BlockExchange, type ExchangeEvent } from '../../../../../src/engine/net/ipfs/blockExchange.ts';
import type { PeerNode } from '../../../../../src/engine/net/ipfs/peerNode.ts';
import type { BitswapMessage } from '../../../../../src/engine/protocols/bitswap/bitswapMessage.ts';
import { decodeCid } from '../../../../../src/engine/protocols/bitswap/blockCid.ts';
import { type Deferred, deferred } from '../../../../../src/kit/deferred.ts';
import { Emitter } from '../../../../../src/kit/emitter.ts';
import { cidOfBytes } from '../../../../support/ipfs/cidOfBytes.ts';
import { waitFor } from '../../../../support/waitFor.ts';

describe('BlockExchange', () => {
  it('asks a peer that is back for what is wanted since, when the last message before it had gone ends', async () => {
    const sent: { readonly message: BitswapMessage; readonly end: Deferred<void> }[] = [];
    const gone = new Emitter<string>();
    const wire = {
      onDidReceive: new Emitter<PeerMessage>().event,
      onDidReceiveBytes: new Emitter<{ peer: string; count: number }>().event,
      onDidReceiveNonsense: new Emitter<string>().event,
      send: (_: string, message: BitswapMessage) => {
        const end = deferred<void>();
        sent.push({ message, end });
        return end.promise;
      },
    };
    const node = { onDidDisconnect: gone.event, isConnected: () => false };
    const exchange = new BlockExchange({
      node: node as unknown as PeerNode,
      wire: wire as unknown as BitswapWire,
    });
    const events: ExchangeEvent['kind'][] = [];
    exchange.onDidHappen(({ kind }) => events.push(kind));
    const [before, since] = ['before', 'since'].map((text) => cidOfBytes(Buffer.from(text)));
    exchange.want('peer', before ?? assert.fail());
    await waitFor('the first message', () => sent.length === 1);
    gone.fire('peer');
    exchange.want('peer', since ?? assert.fail());
    sent[0]?.end.reject(new Error('the stream was reset'));
    await waitFor('the second message', () => sent.length === 2);
    const wants = sent[1]?.message.wants.map(({ cid }) => decodeCid(cid)?.toString());
    assert.deepEqual(wants, [since?.toString()]);
    assert.deepEqual(events, ['gone']);
  });
});
