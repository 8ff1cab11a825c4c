import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DigestAlgorithm } from '../../../../src/contract/checksum.ts';
import type { PieceHashes } from '../../../../src/engine/sources/source.ts';
import type { ContentHasher } from '../../../../src/engine/transfer/contentHasher.ts';
import type { MemoryPart } from './memoryPart.ts';

/** Hashes a part in memory, a moment after it is asked. */
export class MemoryHasher implements ContentHasher {
  readonly #part: MemoryPart;
  digests = 0;
  advanced = 0;
  restarts = 0;

  constructor(part: MemoryPart) {
    this.#part = part;
  }

  async digest({ start, end }: { start: number; end: number }, algorithm: DigestAlgorithm): Promise<string> {
    this.digests++;
    await nextTurn();
    return createHash(algorithm).update(this.#part.bytes.subarray(start, end)).digest('hex');
  }

  take(): null {
    return null;
  }

  advance(end: number): void {
    this.advanced = end;
  }

  restart(): void {
    this.restarts++;
  }
}

/** What a Metalink would tell of this content. */
export function piecesOf(content: Uint8Array, lengthBytes: number): PieceHashes {
  const hashes: string[] = [];
  for (let start = 0; start < content.length; start += lengthBytes) {
    hashes.push(
      createHash('sha256')
        .update(content.subarray(start, start + lengthBytes))
        .digest('hex'),
    );
  }
  return { algorithm: 'sha256', lengthBytes, hashes };
}
