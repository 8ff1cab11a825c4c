import { hashInPieces } from '../disk/pieceHashes.ts';
import type { BoundedConnection } from '../net/boundedListener.ts';
import type { SharedFile } from './sharedFiles.ts';

/** One at a time: whoever asks for piece hashes of many lengths must not read the disk to death. */
let busy = false;

/**
 * Hashes of pieces that are not known beforehand, computed as long as the client waits. Whoever closes its side counts as
 * gone: hashing to the end for nobody would keep others from it.
 * @returns null when another one is being computed, or the file cannot be read
 */
export async function hashOtherPieces(
  { path, tag }: SharedFile,
  lengthBytes: number,
  connection: BoundedConnection,
): Promise<readonly string[] | null> {
  if (busy) return null;
  busy = true;
  const { socket } = connection;
  const gone = new AbortController();
  const stop = (): void => gone.abort(new Error('the client has gone'));
  socket.once('end', stop);
  socket.once('close', stop);
  try {
    if (socket.destroyed || socket.readableEnded) return null;
    return (await connection.hold(hashInPieces({ path, tag, lengthBytes }, gone))).pieces;
  } catch {
    return null;
  } finally {
    socket.off('end', stop);
    socket.off('close', stop);
    busy = false;
  }
}
