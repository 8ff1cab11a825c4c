import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { onAbort } from '../../kit/abort.ts';
import { toDiskError } from './diskError.ts';

export type HashAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha512';

export interface HashJob {
  readonly path: string;
  readonly algorithm: HashAlgorithm;
}

/** What the worker answers. */
export type HashReply = { readonly hex: string } | { readonly errno: string; readonly message: string };

/**
 * Digest of a whole file, computed on a worker thread, so that other transfers go on meanwhile.
 * @returns lower-case hex
 * @throws TributaryError `file-missing`, `disk-error`; the signal's reason when aborted
 */
export async function hashFile(job: HashJob, options: { signal: AbortSignal }): Promise<string> {
  options.signal.throwIfAborted();
  const worker = new Worker(workerPath(), { workerData: job });
  let link = { dispose: () => {} };
  try {
    const reply = await new Promise<HashReply>((resolve, reject) => {
      link = onAbort(options.signal, reject);
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the hash worker ended early')));
    });
    if ('hex' in reply) return reply.hex;
    throw Object.assign(new Error(reply.message), { code: reply.errno });
  } catch (error) {
    options.signal.throwIfAborted();
    throw toDiskError(error, job.path);
  } finally {
    link.dispose();
    await worker.terminate();
  }
}

/** Beside the bundle; in the sources, which only tests run, it is the TypeScript file. */
function workerPath(): string {
  return typeof __dirname === 'undefined'
    ? join(import.meta.dirname, 'hashWorker.ts')
    : join(__dirname, 'hashWorker.js');
}
