import type { MemoryBlockstore } from 'blockstore-core';
import { CID } from 'multiformats/cid';
import {
  decodeMessage,
  EMPTY_MESSAGE,
  encodeMessage,
  type WantEntry,
} from '../../../src/engine/protocols/bitswap/bitswapMessage.ts';
import { prefixOf } from '../../../src/engine/protocols/bitswap/blockCid.ts';
import { MessageFramer } from '../../../src/engine/protocols/bitswap/messageFramer.ts';
import type { Scope } from '../scope.ts';
import { blockOf } from './dagOf.ts';
import { addressOf, startTestNode } from './testNode.ts';

const BITSWAP = '/ipfs/bitswap/1.2.0';

export interface OddPeer {
  readonly address: string;
  readonly id: string;
  /** CIDs it was asked for, in order. */
  readonly asked: readonly string[];
  readonly sentBytes: number;
}

export interface OddBehaviour {
  /** What it sends for a block; null: nothing at all. @default the block */
  readonly block?: (cid: CID, data: Uint8Array, count: number) => Uint8Array | null;
  /** It has none of them. @default false */
  readonly lacks?: (cid: CID) => boolean;
  /** It says nothing when it lacks one. @default false */
  readonly mute?: boolean;
  /** Of all blocks together. @default no limit */
  readonly bytesPerSecond?: number;
}

/** A peer that misbehaves in one way, or is as slow as asked for. */
export async function startOddPeer(scope: Scope, blocks: MemoryBlockstore, behaviour: OddBehaviour): Promise<OddPeer> {
  const libp2p = await startTestNode(scope);
  const asked: string[] = [];
  const state = { sentBytes: 0, freeAtMs: 0 };
  const answer = async ({ cid: bytes, cancel, sendDontHave, kind }: WantEntry): Promise<Uint8Array[]> => {
    if (cancel) return [];
    const cid = CID.decode(bytes);
    asked.push(cid.toString());
    if (behaviour.lacks?.(cid) === true || !blocks.has(cid)) {
      const presences = [{ cid: bytes, has: false }];
      return sendDontHave && behaviour.mute !== true ? encodeMessage({ ...EMPTY_MESSAGE, presences }) : [];
    }
    if (kind === 'have') return encodeMessage({ ...EMPTY_MESSAGE, presences: [{ cid: bytes, has: true }] });
    const right = await blockOf(blocks, cid);
    const data = behaviour.block === undefined ? right : behaviour.block(cid, right, asked.length);
    if (data === null) return [];
    await pace(data.length);
    state.sentBytes += data.length;
    return encodeMessage({ ...EMPTY_MESSAGE, blocks: [{ prefix: prefixOf(cid), data }] });
  };
  const pace = async (bytes: number): Promise<void> => {
    if (behaviour.bytesPerSecond === undefined) return;
    const nowMs = performance.now();
    state.freeAtMs = Math.max(nowMs, state.freeAtMs) + (bytes * 1000) / behaviour.bytesPerSecond;
    const waitMs = state.freeAtMs - nowMs;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  };
  await libp2p.handle(
    BITSWAP,
    (stream, connection) => {
      const framer = new MessageFramer();
      let out: Promise<Awaited<ReturnType<typeof connection.newStream>>> | null = null;
      let turn: Promise<void> = Promise.resolve();
      stream.addEventListener('message', ({ data }) => {
        for (const chunk of data instanceof Uint8Array ? [data] : data) {
          for (const message of framer.push(chunk)) {
            for (const want of decodeMessage(message).wants) {
              turn = turn
                .then(async () => {
                  const pieces = await answer(want);
                  if (pieces.length === 0) return;
                  out ??= connection.newStream(BITSWAP);
                  const target = await out;
                  for (const piece of pieces) if (!target.send(piece)) await target.onDrain();
                })
                .catch(() => {});
            }
          }
        }
      });
    },
    { maxInboundStreams: 64, maxOutboundStreams: 64 },
  );
  return {
    address: addressOf(libp2p),
    id: libp2p.peerId.toString(),
    asked,
    get sentBytes() {
      return state.sentBytes;
    },
  };
}
