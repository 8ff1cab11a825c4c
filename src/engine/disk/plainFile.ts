import { lstat } from 'node:fs/promises';

/** What there is to know of a file without opening it. */
export interface PlainFile {
  readonly sizeBytes: number;
  /** Since the epoch. */
  readonly modifiedMs: number;
}

/** Null: nothing is there, or no regular file; a link that leads to one is none either. */
export async function plainFile(path: string): Promise<PlainFile | null> {
  try {
    const found = await lstat(path);
    return found.isFile() ? { sizeBytes: found.size, modifiedMs: found.mtimeMs } : null;
  } catch {
    return null;
  }
}
