import type { CID } from 'multiformats/cid';
import type { BitswapWire } from '../../net/ipfs/bitswapWire.ts';
import type { PeerNode } from '../../net/ipfs/peerNode.ts';
import { type BitswapMessage, EMPTY_MESSAGE } from '../../protocols/bitswap/bitswapMessage.ts';
import { prefixOf } from '../../protocols/bitswap/blockCid.ts';
import { WantLedger } from '../../protocols/bitswap/wantLedger.ts';

/** Blocks read at the same time, of all peers together: who waits is served in turn. */
const MAX_READS = 4;
/** Answers without a block that go in one message. */
const MAX_PRESENCES = 256;

/** What is offered to others. */
export interface SharedBlocks {
  /** Null: not offered. */
  readShared(cid: CID): Promise<Uint8Array | null>;
  hasShared(cid: CID): Promise<boolean>;
}

/**
 * Their side of Bitswap: gives peers the blocks they ask for, one after the other to each, so that the memory a peer takes
 * is one block, and a peer that asks for much gets no more turns than another.
 */
export class BlockServer {
  readonly #wire: BitswapWire;
  readonly #blocks: SharedBlocks;
  readonly #ledgers = new Map<string, WantLedger>();
  readonly #busy = new Set<string>();
  readonly #closing = new AbortController();
  readonly #waiting: (() => void)[] = [];
  #reads = 0;
  #sentBytes = 0;

  constructor(components: { node: PeerNode; wire: BitswapWire; blocks: SharedBlocks }) {
    this.#wire = components.wire;
    this.#blocks = components.blocks;
    components.wire.onDidReceive(({ peer, message }) => this.#receive(peer, message));
    components.node.onDidDisconnect((peer) => {
      if (!components.node.isConnected(peer)) this.#ledgers.delete(peer);
    });
  }

  /** Of blocks, since the start. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  close(): void {
    this.#closing.abort(new Error('the server was closed'));
    this.#ledgers.clear();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #receive(peer: string, message: BitswapMessage): void {
    if (this.#closing.signal.aborted || (message.wants.length === 0 && !message.isFull)) return;
    let ledger = this.#ledgers.get(peer);
    if (ledger === undefined) {
      ledger = new WantLedger();
      this.#ledgers.set(peer, ledger);
    }
    ledger.receive(message);
    this.#start(peer, ledger);
  }

  #start(peer: string, ledger: WantLedger): void {
    if (this.#busy.has(peer)) return;
    this.#busy.add(peer);
    this.#serve(peer, ledger)
      // The peer is gone, or takes nothing: what it wanted is void, but not what it wants since it is back.
      .catch(() => this.#ledgers.get(peer) === ledger && this.#ledgers.delete(peer))
      .finally(() => {
        this.#busy.delete(peer);
        // It asked for more in the moment in which the last answer went out, or when it had come back meanwhile.
        const latest = this.#ledgers.get(peer);
        if (latest !== undefined && latest.size > 0) this.#start(peer, latest);
      });
  }

  async #serve(peer: string, ledger: WantLedger): Promise<void> {
    let presences: { cid: Uint8Array; has: boolean }[] = [];
    const flush = async (): Promise<void> => {
      if (presences.length > 0) await this.#wire.send(peer, { ...EMPTY_MESSAGE, presences }, this.#closing);
      presences = [];
    };
    for (let want = ledger.next(); want !== null; want = ledger.next()) {
      const { cid, kind, sendDontHave } = want;
      if (kind === 'have') {
        const has = await this.#blocks.hasShared(cid);
        if (has || sendDontHave) presences.push({ cid: cid.bytes, has });
      } else {
        const data = await this.#read(cid);
        if (data !== null) {
          await flush();
          await this.#wire.send(peer, { ...EMPTY_MESSAGE, blocks: [{ prefix: prefixOf(cid), data }] }, this.#closing);
          this.#sentBytes += data.length;
        } else if (sendDontHave) presences.push({ cid: cid.bytes, has: false });
      }
      if (presences.length >= MAX_PRESENCES) await flush();
    }
    await flush();
  }

  async #read(cid: CID): Promise<Uint8Array | null> {
    if (this.#reads >= MAX_READS) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#closing.signal.throwIfAborted();
    this.#reads++;
    try {
      return await this.#blocks.readShared(cid);
    } finally {
      this.#reads--;
      this.#waiting.shift()?.();
    }
  }
}
