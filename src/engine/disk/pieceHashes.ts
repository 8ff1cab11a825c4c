import { createHash } from 'node:crypto';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import { SMALL_BYTES } from './hashFile.ts';
import { PartHasher } from './partHasher.ts';
import { ServedFile } from './servedFile.ts';

/** SHA-256 of a file and of its pieces, lower-case hex. */
export interface FileHashes {
  readonly sha256: string;
  readonly pieces: readonly string[];
}

/** Thousands of pieces, as a stranger may ask for, are work for a thread, however short they are. */
const MAX_PIECES_HERE = 64;

export interface HashInit {
  /** Without links. */
  readonly path: string;
  /** Of the version that is meant. */
  readonly tag: string;
  /** Of a piece. */
  readonly lengthBytes: number;
}

/**
 * Reads the file once; a long one on a thread of its own.
 * @throws TributaryError `share-changed` (it is, or becomes, another version), `disk-error`; the signal's reason when aborted
 */
export async function hashInPieces(init: HashInit, options: { signal: AbortSignal }): Promise<FileHashes> {
  const { path, tag, lengthBytes } = init;
  options.signal.throwIfAborted();
  const file = await ServedFile.open(path);
  try {
    if (file?.facts.tag !== tag) throw new TributaryError('share-changed', { path });
    const hashes =
      file.facts.sizeBytes <= Math.min(SMALL_BYTES, MAX_PIECES_HERE * lengthBytes)
        ? await hashHere(file, lengthBytes)
        : await hashOnThread(file, { path, lengthBytes }, options);
    if (!(await file.isUnchanged())) throw new TributaryError('share-changed', { path });
    return hashes;
  } finally {
    await file?.close();
  }
}

async function hashHere(file: ServedFile, lengthBytes: number): Promise<FileHashes> {
  const bytes = Buffer.allocUnsafe(file.facts.sizeBytes);
  const content = bytes.subarray(0, await file.read(bytes, 0));
  const pieces: string[] = [];
  for (let start = 0; start < content.length; start += lengthBytes)
    pieces.push(sha256Of(content.subarray(start, start + lengthBytes)));
  return { sha256: sha256Of(content), pieces };
}

async function hashOnThread(
  file: ServedFile,
  { path, lengthBytes }: { path: string; lengthBytes: number },
  options: { signal: AbortSignal },
): Promise<FileHashes> {
  const { sizeBytes } = file.facts;
  const hasher = new PartHasher({ path, algorithm: 'sha256', fd: file.fd });
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

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
