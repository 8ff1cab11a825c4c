import { TributaryError } from '../../../contract/errors.ts';
import { type ByteSink, fillFrom } from '../../../kit/byteSink.ts';
import { isContentOf, type Leaf, type LeafList } from '../../protocols/unixfs/leafList.ts';

export interface VerifyingSinkInit {
  readonly leaves: LeafList;
  /** Begins at the first byte of the leaf that holds the range's first byte. */
  readonly outer: ByteSink;
  /** Named when the bytes are wrong. */
  readonly host: string;
  readonly onLeaf: (leaf: Leaf) => void;
}

/**
 * Collects the bytes of one leaf after the other, and hands each on when its hash is right. It takes whole leaves: what lies
 * before or behind the outer sink's range is only needed for the hash.
 */
export class VerifyingSink implements ByteSink {
  readonly #init: VerifyingSinkInit;
  #index: number;
  #memory: Uint8Array;
  #used = 0;
  #failure: TributaryError | null = null;
  /** Of a leaf that is right, what the outer sink had no room for yet. */
  #rest: Uint8Array = new Uint8Array();

  constructor(init: VerifyingSinkInit) {
    this.#init = init;
    this.#index = init.leaves.indexAt(init.outer.position);
    this.#memory = this.#begin();
  }

  get position(): number {
    return (this.#leaf?.offset ?? this.#init.leaves.sizeBytes) + this.#used;
  }

  get remaining(): number {
    const { outer, leaves } = this.#init;
    if (this.#failure !== null || outer.remaining === 0) return 0;
    const last = leaves.at(leaves.indexAt(outer.position + outer.remaining - 1));
    return last === undefined ? 0 : Math.max(0, last.offset + last.sizeBytes - this.position);
  }

  /** What was wrong; null: nothing. */
  get failure(): TributaryError | null {
    return this.#failure;
  }

  lend(): Uint8Array {
    return this.#memory.subarray(this.#used);
  }

  filled(count: number): boolean {
    const leaf = this.#leaf;
    this.#used += count;
    if (leaf === undefined || this.#used < leaf.sizeBytes) return true;
    if (!isContentOf(leaf, this.#memory)) {
      this.#failure = new TributaryError('wrong-content', { host: this.#init.host });
      return false;
    }
    this.#rest = this.#memory.subarray(Math.max(0, this.#init.outer.position - leaf.offset));
    this.#index++;
    this.#used = 0;
    this.#memory = this.#begin();
    return this.#handOn();
  }

  async ready(options: { signal: AbortSignal }): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    do await this.#init.outer.ready(options);
    while (!this.#handOn());
  }

  get #leaf(): Leaf | undefined {
    return this.#init.leaves.at(this.#index);
  }

  #begin(): Uint8Array {
    const leaf = this.#leaf;
    if (leaf === undefined || this.#init.outer.remaining === 0) return new Uint8Array();
    this.#init.onLeaf(leaf);
    return new Uint8Array(leaf.sizeBytes);
  }

  #handOn(): boolean {
    if (this.#rest.length === 0) return true;
    const { rest, goOn } = fillFrom(this.#init.outer, this.#rest);
    this.#rest = this.#init.outer.remaining === 0 ? new Uint8Array() : rest;
    return goOn;
  }
}
