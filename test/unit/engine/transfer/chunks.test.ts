import assert from 'node:assert/strict';
import { chunkSizeFor } from '../../../../src/engine/transfer/chunks.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('chunkSizeFor', () => {
  const sizes: [sizeBytes: number | null, chunk: number][] = [
    [null, 512 * KIB],
    [0, 512 * KIB],
    [99_999_999, 512 * KIB],
    [100_000_000, 4 * MIB],
    [999_999_999, 4 * MIB],
    [1_000_000_000, 16 * MIB],
    [9_999_999_999, 16 * MIB],
    [10_000_000_000, 64 * MIB],
    [35_000_000_000, 64 * MIB],
  ];
  for (const [sizeBytes, chunk] of sizes) {
    it(`${sizeBytes ?? 'unknown'}: ${chunk / KIB} KiB`, () => assert.equal(chunkSizeFor(sizeBytes), chunk));
  }
});
