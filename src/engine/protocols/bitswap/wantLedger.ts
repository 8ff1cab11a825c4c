import type { CID } from 'multiformats/cid';
import type { BitswapMessage } from './bitswapMessage.ts';
import { blockKey, decodeCid } from './blockCid.ts';

/** Wants of one peer that are kept at a time; Kubo and Helia keep 1024 as well. */
const MAX_WANTS = 1024;

/** What a peer waits for. */
export interface PeerWant {
  readonly cid: CID;
  readonly kind: 'block' | 'have';
  readonly sendDontHave: boolean;
}

/** Their side of Bitswap towards one peer: what it has asked us for, in the order in which it gets it. */
export class WantLedger {
  readonly #wants = new Map<string, PeerWant & { readonly priority: number }>();

  get size(): number {
    return this.#wants.size;
  }

  /** Takes what the peer says about its wants; what is too much is forgotten, and the peer will ask again. */
  receive({ wants, isFull }: BitswapMessage): void {
    if (isFull) this.#wants.clear();
    for (const { cid: bytes, priority, cancel, kind, sendDontHave } of wants) {
      const cid = decodeCid(bytes);
      if (cid === null) continue;
      const key = blockKey(cid);
      if (cancel) this.#wants.delete(key);
      else if (this.#wants.has(key) || this.#wants.size < MAX_WANTS) {
        // The block itself is more than the word that it is there.
        const asked = this.#wants.get(key)?.kind === 'block' ? 'block' : kind;
        this.#wants.set(key, { cid, kind: asked, sendDontHave, priority });
      }
    }
  }

  /** What the peer is to get next, the most urgent first; taken off the list. */
  next(): PeerWant | null {
    let best: (PeerWant & { readonly priority: number }) | null = null;
    let looked = 0;
    for (const want of this.#wants.values()) {
      if (best === null || want.priority > best.priority) best = want;
      // Priorities are a hint; a list that is long is not searched to its end for every block.
      if (++looked === 64) break;
    }
    if (best === null) return null;
    this.#wants.delete(blockKey(best.cid));
    return best;
  }
}
