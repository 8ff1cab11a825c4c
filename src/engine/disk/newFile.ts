import { open, readFile, rm } from 'node:fs/promises';
import { TributaryError } from '../../contract/errors.ts';
import { toDiskError } from './diskError.ts';
import { finishFile } from './finish.ts';

let count = 0;

/**
 * Writes a file that is not there yet; it never exists half-written. One that holds the same bytes is left as it is.
 * @throws TributaryError `file-exists` (with other bytes), `disk-*`
 */
export async function writeNewFile(path: string, bytes: Uint8Array): Promise<void> {
  count++;
  const aside = `${path}.${process.pid}-${count}.tmp`;
  try {
    const file = await open(aside, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await finishFile(aside, path, { replace: false });
  } catch (error) {
    const known = toDiskError(error, path);
    if (known.code !== 'file-exists' || !(await holds(path, bytes))) throw known;
  } finally {
    await rm(aside, { force: true }).catch(() => {});
  }
}

async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  const there = await readFile(path).catch((error: unknown) => {
    throw toDiskError(error, path);
  });
  if (Buffer.compare(there, bytes) === 0) return true;
  throw new TributaryError('file-exists', { path });
}
