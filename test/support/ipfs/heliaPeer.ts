import { withBitswap } from '@helia/bitswap';
import { defaultLogger } from '@libp2p/logger';
import { MemoryBlockstore } from 'blockstore-core';
import type { CID } from 'multiformats/cid';
import type { Scope } from '../scope.ts';
import { waitFor } from '../waitFor.ts';
import { addressOf, startTestNode } from './testNode.ts';

/** A peer that speaks Bitswap by the code of others. */
export interface HeliaPeer {
  readonly address: string;
  readonly blocks: MemoryBlockstore;
  dial(address: string): Promise<void>;
  /**
   * Asks whoever it is, or will be, connected with. Ask before you dial: it begins to listen for a block only after its
   * message is out, and loses an answer that is quicker.
   */
  want(cid: CID): Promise<Uint8Array>;
}

interface Broker {
  readonly bitswap: { readonly wantList: { listenerCount(type: 'block'): number } };
  retrieve(cid: CID, options: { signal: AbortSignal }): Promise<Uint8Array>;
  stop(): Promise<void>;
}

export async function startHeliaPeer(scope: Scope, blocks = new MemoryBlockstore()): Promise<HeliaPeer> {
  const libp2p = await startTestNode(scope);
  let broker: Broker | undefined;
  let mixin: { start(helia: unknown): Promise<void> } | undefined;
  const host = {
    libp2p,
    blockstore: blocks,
    logger: defaultLogger(),
    // Only the peers it is connected with are asked.
    routing: { async *findProviders() {} },
    getHasher: () => {
      throw new Error('not needed');
    },
    status: 'starting',
    hasBlockBroker: () => false,
    addMixin: (given: typeof mixin) => {
      mixin = given;
    },
    addBlockBroker: (given: Broker) => {
      broker = given;
    },
  };
  withBitswap(host as never);
  await mixin?.start(host);
  const started = broker;
  if (started === undefined) throw new Error('Helia gave no block broker');
  scope.defer(() => started.stop());
  const { multiaddr } = await import('@multiformats/multiaddr');
  let wanted = 0;
  return {
    address: addressOf(libp2p),
    blocks,
    dial: async (address) => {
      const { wantList } = started.bitswap;
      await waitFor('Helia to listen for what it was asked for', () => wantList.listenerCount('block') >= wanted);
      await libp2p.dial(multiaddr(address));
    },
    want: (cid) => {
      wanted++;
      return started.retrieve(cid, { signal: AbortSignal.timeout(20_000) }).finally(() => wanted--);
    },
  };
}
