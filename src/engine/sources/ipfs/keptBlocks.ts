const MAX_BYTES = 32 * 1024 * 1024;

/** A few blocks in memory that will be asked for again soon; those added first go first. */
export class KeptBlocks {
  readonly #blocks = new Map<string, Uint8Array>();
  #bytes = 0;

  get(key: string): Uint8Array | null {
    return this.#blocks.get(key) ?? null;
  }

  add(key: string, data: Uint8Array): void {
    this.#remove(key);
    this.#blocks.set(key, data);
    this.#bytes += data.length;
    for (const oldest of this.#blocks.keys()) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#remove(oldest);
    }
  }

  clear(): void {
    this.#blocks.clear();
    this.#bytes = 0;
  }

  #remove(key: string): void {
    const data = this.#blocks.get(key);
    if (data === undefined) return;
    this.#blocks.delete(key);
    this.#bytes -= data.length;
  }
}
