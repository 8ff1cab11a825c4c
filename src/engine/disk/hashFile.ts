import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { toDiskError } from './diskError.ts';
import { type HashJob, PartHasher } from './partHasher.ts';

/** Below this a thread takes longer to start than the hash to compute. */
export const SMALL_BYTES = 2 * 1024 * 1024;

/**
 * Digest of a whole file; of a long one on a thread of its own, so that transfers go on meanwhile.
 * @returns lower-case hex
 * @throws TributaryError `file-missing`, `disk-error`; the signal's reason when aborted
 */
export async function hashFile(job: HashJob, options: { signal: AbortSignal }): Promise<string> {
  options.signal.throwIfAborted();
  try {
    const { size } = await stat(job.path);
    if (size <= SMALL_BYTES)
      return createHash(job.algorithm)
        .update(await readFile(job.path))
        .digest('hex');
    const hasher = new PartHasher(job);
    try {
      return await hasher.finish(size, options);
    } finally {
      await hasher.close();
    }
  } catch (error) {
    options.signal.throwIfAborted();
    throw toDiskError(error, job.path);
  }
}
