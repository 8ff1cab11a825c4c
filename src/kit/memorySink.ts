import type { ByteSink } from './byteSink.ts';

const FIRST_BYTES = 64 * 1024;

/** Keeps a short range in memory. Its end may be later than the file's: it grows only as bytes come. */
export class MemorySink implements ByteSink {
  readonly #range: { readonly start: number; readonly end: number };
  #memory: Uint8Array;
  #used = 0;

  /** @param range in bytes, half-open; nothing beyond it is taken */
  constructor(range: { readonly start: number; readonly end: number }) {
    this.#range = range;
    this.#memory = new Uint8Array(Math.min(FIRST_BYTES, range.end - range.start));
  }

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#used);
  }

  get position(): number {
    return this.#range.start + this.#used;
  }

  get remaining(): number {
    return this.#range.end - this.position;
  }

  lend(): Uint8Array {
    if (this.#used === this.#memory.length) {
      const grown = new Uint8Array(Math.min(this.#used * 2, this.#range.end - this.#range.start));
      grown.set(this.#memory);
      this.#memory = grown;
    }
    return this.#memory.subarray(this.#used);
  }

  filled(count: number): boolean {
    this.#used += count;
    return true;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }
}
