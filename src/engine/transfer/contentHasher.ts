import type { DigestAlgorithm } from '../../contract/checksum.ts';

/** Hashes a part file while it is being filled. */
export interface ContentHasher {
  /** Digest of bytes that have been written; lower-case hex. @throws TributaryError of the disk */
  digest(range: { start: number; end: number }, algorithm: DigestAlgorithm): Promise<string>;
  /** Hashes bytes before they are in the file, when they are the next ones. @returns resolves when the memory is free again; null: not used */
  take(bytes: Uint8Array, start: number): Promise<void> | null;
  /** Everything before that offset is written and stays as it is. */
  advance(end: number): void;
  /** What was there before is void. */
  restart(): void;
}
