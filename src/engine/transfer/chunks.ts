const KIB = 1024;
const MIB = 1024 * KIB;

/** Chunk length by file size (ARCHITECTURE "Transfer"): small files give fine progress, 35 GB is about 550 chunks. */
export function chunkSizeFor(sizeBytes: number | null): number {
  if (sizeBytes === null || sizeBytes < 100_000_000) return 512 * KIB;
  if (sizeBytes < 1_000_000_000) return 4 * MIB;
  if (sizeBytes < 10_000_000_000) return 16 * MIB;
  return 64 * MIB;
}
