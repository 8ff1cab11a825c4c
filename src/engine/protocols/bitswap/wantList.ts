import type { CID } from 'multiformats/cid';
import { type BitswapMessage, EMPTY_MESSAGE, type WantEntry } from './bitswapMessage.ts';
import { blockKey, cidOfBlock, decodeCid } from './blockCid.ts';

/** What a peer's message means for us. */
export type WantAnswer =
  | { readonly kind: 'block'; readonly cid: CID; readonly data: Uint8Array; readonly asked: boolean }
  | { readonly kind: 'missing'; readonly cid: CID }
  /** Bytes that are no block of anything: the peer is not to be trusted. */
  | { readonly kind: 'corrupt' };

/** Our side of Bitswap towards one peer: what it was asked for. Knows no stream; what is to be sent is taken from it. */
export class WantList {
  readonly #wanted = new Map<string, CID>();
  /** Asked for once, not any more: a block that comes all the same is late, not wrong. */
  readonly #let = new Map<string, CID>();
  #pending: WantEntry[] = [];

  get size(): number {
    return this.#wanted.size;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** Asks for a block, once more when it was asked for before. */
  want(cid: CID): void {
    const key = blockKey(cid);
    // Some peers take a repeated want for the one they know; taking it back first makes it a new one.
    if (this.#wanted.has(key) || this.#let.has(key)) this.#pending.push(entry(cid, { cancel: true }));
    this.#wanted.set(key, cid);
    this.#pending.push(entry(cid, { cancel: false }));
  }

  cancel(cid: CID): void {
    const key = blockKey(cid);
    if (!this.#wanted.delete(key)) return;
    this.#remember(key, cid);
    this.#pending.push(entry(cid, { cancel: true }));
  }

  /** What is to be sent now; null: nothing. */
  takeMessage(): BitswapMessage | null {
    if (this.#pending.length === 0) return null;
    const wants = this.#pending;
    this.#pending = [];
    return { ...EMPTY_MESSAGE, wants };
  }

  /** Every block is checked by this: it is only matched by the CID that its bytes give. */
  receive(message: BitswapMessage): WantAnswer[] {
    const answers: WantAnswer[] = [];
    for (const { prefix, data } of message.blocks) {
      const cid = cidOfBlock(prefix, data);
      const key = cid === null ? '' : blockKey(cid);
      const wanted = this.#wanted.get(key) ?? this.#let.get(key);
      if (wanted === undefined) {
        answers.push({ kind: 'corrupt' });
        continue;
      }
      const asked = this.#wanted.delete(key);
      // Some peers send a block to everybody they think wants it, and again after a repeated want.
      this.#remember(key, wanted);
      answers.push({ kind: 'block', cid: wanted, data, asked });
    }
    for (const { cid: bytes, has } of message.presences) {
      const cid = has ? null : decodeCid(bytes);
      const key = cid === null ? '' : blockKey(cid);
      const wanted = this.#wanted.get(key);
      if (wanted === undefined) continue;
      this.#wanted.delete(key);
      answers.push({ kind: 'missing', cid: wanted });
    }
    return answers;
  }

  #remember(key: string, cid: CID): void {
    this.#let.delete(key);
    this.#let.set(key, cid);
    for (const oldest of this.#let.keys()) {
      if (this.#let.size <= 1024) break;
      this.#let.delete(oldest);
    }
  }
}

function entry(cid: CID, { cancel }: { cancel: boolean }): WantEntry {
  return { cid: cid.bytes, priority: 1, cancel, kind: 'block', sendDontHave: !cancel };
}
