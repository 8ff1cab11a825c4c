import { rename } from 'node:fs/promises';
import { toDiskError } from './diskError.ts';

/** Takes a file's final name away again, when what was to follow that has not happened. @throws TributaryError of the disk */
export async function renameBack(path: string, partPath: string): Promise<void> {
  try {
    await rename(path, partPath);
  } catch (error) {
    throw toDiskError(error, path);
  }
}
