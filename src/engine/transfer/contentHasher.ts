import type { DigestAlgorithm } from '../../contract/checksum.ts';

/** Hashes a part file while it is being filled. */
export interface ContentHasher {
  /** Digest of bytes that have been written; lower-case hex. @throws TributaryError of the disk */
  digest(range: { start: number; end: number }, algorithm: DigestAlgorithm): Promise<string>;
  /** Everything before that offset is written and stays as it is. */
  advance(end: number): void;
  /** What was there before is void. */
  restart(): void;
}
