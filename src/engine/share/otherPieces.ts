import type { ServerResponse } from 'node:http';
import { hashInPieces } from '../disk/pieceHashes.ts';
import type { SharedFile } from './sharedFiles.ts';

/** One at a time: whoever asks for piece hashes of many lengths must not read the disk to death. */
let busy = false;

/**
 * Hashes of pieces that are not known beforehand, computed as long as the client waits.
 * @returns null when another one is being computed, or the file cannot be read
 */
export async function hashOtherPieces(
  { path, sizeBytes }: SharedFile,
  lengthBytes: number,
  response: ServerResponse,
): Promise<readonly string[] | null> {
  if (busy) return null;
  busy = true;
  const gone = new AbortController();
  const stop = (): void => gone.abort(new Error('the client has gone'));
  response.once('close', stop);
  try {
    return (await hashInPieces({ path, sizeBytes, lengthBytes }, gone)).pieces;
  } catch {
    return null;
  } finally {
    response.off('close', stop);
    busy = false;
  }
}
