import { lstat, utimes } from 'node:fs/promises';
import { toDiskError } from './diskError.ts';

/** What there is to know of a file without opening it. */
export interface PlainFile {
  readonly sizeBytes: number;
  /** Since the epoch. */
  readonly modifiedMs: number;
}

/**
 * Null: nothing is there, or no regular file; a link that leads to one is none either.
 * @throws TributaryError of a disk that does not tell
 */
export async function plainFile(path: string): Promise<PlainFile | null> {
  try {
    const found = await lstat(path);
    return found.isFile() ? { sizeBytes: found.size, modifiedMs: found.mtimeMs } : null;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw toDiskError(error, path);
  }
}

/** Modified just now, as far as its time tells. @throws TributaryError of the disk */
export async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch((error: unknown) => {
    throw toDiskError(error, path);
  });
}
