/** Most heads are below 1 KiB, and what comes after a head in the same read is copied: no larger than it must be. */
const FIRST_BYTES = 16 * 1024;
/** A read into less than that would cost more than it brings. */
const LEAST_FREE_BYTES = 1024;

/** Memory for bytes that have no place yet: heads, and what arrives while nobody reads. */
export class ScratchBuffer {
  #memory: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #start = 0;
  #end = 0;

  get isEmpty(): boolean {
    return this.#start === this.#end;
  }

  /** Where the next read goes. The memory stays good until it is asked for again, whatever is taken meanwhile. */
  free(): Uint8Array {
    if (this.isEmpty) {
      this.#start = 0;
      this.#end = 0;
    }
    if (this.#memory.length - this.#end < LEAST_FREE_BYTES) {
      const grown = Buffer.allocUnsafeSlow(this.#end - this.#start + FIRST_BYTES);
      this.#memory.copy(grown, 0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
      this.#memory = grown;
    }
    return this.#memory.subarray(this.#end);
  }

  /** So many bytes of `free()` hold data now. */
  filled(count: number): void {
    this.#end += count;
  }

  waiting(): Buffer {
    return this.#memory.subarray(this.#start, this.#end);
  }

  take(count: number): void {
    this.#start += count;
  }
}
