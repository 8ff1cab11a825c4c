import assert from 'node:assert/strict';
import type { CID } from 'multiformats/cid';
import type { BitswapWire, PeerMessage } from '../../../../../src/engine/net/ipfs/bitswapWire.ts';
import type { PeerNode } from '../../../../../src/engine/net/ipfs/peerNode.ts';
import { type BitswapMessage, EMPTY_MESSAGE } from '../../../../../src/engine/protocols/bitswap/bitswapMessage.ts';
import { BlockServer } from '../../../../../src/engine/share/ipfs/blockServer.ts';
import { deferred } from '../../../../../src/kit/deferred.ts';
import { Emitter } from '../../../../../src/kit/emitter.ts';
import { cidOfBytes } from '../../../../support/ipfs/cidOfBytes.ts';
import { waitFor } from '../../../../support/waitFor.ts';

describe('BlockServer', () => {
  for (const [how, isSent] of [
    ['takes the block all the same', true],
    ['is told that it had gone', false],
  ] as const) {
    it(`gives a peer that is back what it wants since, where the block it had waited for ${how}`, async () => {
      const [before, since] = ['before', 'since'].map((text) => Buffer.from(text)) as [Buffer, Buffer];
      const received = new Emitter<PeerMessage>();
      const gone = new Emitter<string>();
      const slowRead = deferred<Uint8Array>();
      const sent: string[] = [];
      const send = async (_: string, { blocks }: BitswapMessage): Promise<void> => {
        if (!isSent && sent.length === 0 && blocks.some(({ data }) => data === before)) throw new Error('gone');
        sent.push(...blocks.map(({ data }) => Buffer.from(data).toString()));
      };
      new BlockServer({
        wire: { onDidReceive: received.event, send } as unknown as BitswapWire,
        node: { onDidDisconnect: gone.event, isConnected: () => false } as unknown as PeerNode,
        blocks: {
          readShared: (cid: CID) => (cid.equals(cidOfBytes(before)) ? slowRead.promise : Promise.resolve(since)),
          hasShared: () => Promise.resolve(true),
        },
      });
      const want = (data: Uint8Array): void => {
        const { bytes: cid } = cidOfBytes(data);
        const entry = { cid, priority: 1, cancel: false, kind: 'block', sendDontHave: true } as const;
        received.fire({ peer: 'peer', message: { ...EMPTY_MESSAGE, wants: [entry] } });
      };
      want(before);
      gone.fire('peer');
      want(since);
      slowRead.resolve(before);
      await waitFor('the block that is wanted now', () => sent.includes('since'));
      assert.deepEqual(sent, isSent ? ['before', 'since'] : ['since']);
    });
  }
});
