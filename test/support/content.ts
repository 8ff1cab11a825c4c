import { createHash } from 'node:crypto';

const BLOCK_BYTES = 64 * 1024;
const PAGE_BYTES = 4096;

/**
 * A file of pseudo-random bytes that is never held in memory: any part is computed from seed and offset. Each page carries
 * its own number, so a part that lands at a wrong offset changes the digest even when it is a whole number of blocks off.
 */
export class Content {
  readonly sizeBytes: number;
  readonly seed: number;
  readonly #block: Buffer;
  readonly #digests = new Map<string, string>();

  constructor(sizeBytes: number, seed = 1) {
    this.sizeBytes = sizeBytes;
    this.seed = seed;
    this.#block = randomBlock(seed);
  }

  /** Bytes of `[start, end)`, cut at the end of the file. */
  slice(start: number, end: number): Buffer {
    const last = Math.min(end, this.sizeBytes);
    if (start >= last) return Buffer.alloc(0);
    const firstByte = Math.floor(start / PAGE_BYTES) * PAGE_BYTES;
    const pages = Math.ceil((last - firstByte) / PAGE_BYTES);
    const bytes = Buffer.allocUnsafe(pages * PAGE_BYTES);
    for (let page = 0; page < pages; page++) {
      const offset = firstByte + page * PAGE_BYTES;
      const inBlock = offset % BLOCK_BYTES;
      this.#block.copy(bytes, page * PAGE_BYTES, inBlock, inBlock + PAGE_BYTES);
      bytes.writeDoubleBE(offset / PAGE_BYTES + 1, page * PAGE_BYTES);
    }
    return bytes.subarray(start - firstByte, last - firstByte);
  }

  /** Lower-case hex digest of the whole file. */
  digest(algorithm: string): string {
    const known = this.#digests.get(algorithm);
    if (known !== undefined) return known;
    const hash = createHash(algorithm);
    for (let offset = 0; offset < this.sizeBytes; offset += 1 << 20)
      hash.update(this.slice(offset, offset + (1 << 20)));
    const digest = hash.digest('hex');
    this.#digests.set(algorithm, digest);
    return digest;
  }

  get sha256(): string {
    return this.digest('sha256');
  }
}

/** xorshift32: quick, and the same on every machine. */
function randomBlock(seed: number): Buffer {
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let at = 0; at < BLOCK_BYTES; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    block.writeUInt32LE(state, at);
  }
  return block;
}
