import { onAbort } from '../../kit/abort.ts';
import { PartHasher } from './partHasher.ts';

/** SHA-256 of a file and of its pieces, lower-case hex. */
export interface FileHashes {
  readonly sha256: string;
  readonly pieces: readonly string[];
}

/**
 * Reads the file once, on a thread of its own.
 * @throws TributaryError `file-missing`, `disk-error`; the signal's reason when aborted
 */
export async function hashInPieces(
  init: { path: string; sizeBytes: number; lengthBytes: number },
  options: { signal: AbortSignal },
): Promise<FileHashes> {
  const { path, sizeBytes, lengthBytes } = init;
  options.signal.throwIfAborted();
  const hasher = new PartHasher({ path, algorithm: 'sha256' });
  const stop = onAbort(options.signal, () => void hasher.close());
  try {
    const pieces: string[] = [];
    for (let start = 0; start < sizeBytes; start += lengthBytes) {
      const end = Math.min(sizeBytes, start + lengthBytes);
      // What was read for the piece is in memory still when the whole is hashed.
      pieces.push(await hasher.digest({ start, end }, 'sha256'));
      hasher.advance(end);
    }
    return { sha256: await hasher.finish(sizeBytes, options), pieces };
  } catch (error) {
    options.signal.throwIfAborted();
    throw error;
  } finally {
    stop.dispose();
    await hasher.close();
  }
}
