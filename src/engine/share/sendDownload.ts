import { once } from 'node:events';
import type net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { sleep } from '../../kit/abort.ts';
import type { ReadableFile } from '../disk/readableFile.ts';
import { type ReadAt, sendBytes } from '../net/sendBytes.ts';
import { openTransferPort } from '../net/transferPort.ts';
import type { HubFiles } from './hubFiles.ts';
import type { HubPeer } from './receiveUpload.ts';

/** How many bytes are sent before it is looked again whether the file is what it was, and always before the last ones. */
const CHECK_BYTES = 16 * 1024 * 1024;
/** For the last bytes to arrive at somebody slow. */
const LINGER_MS = 30_000;

export interface SendDownloadComponents {
  readonly files: HubFiles;
  readonly peer: HubPeer;
  onPort(port: number): void;
  /** How much of the range is on its way. */
  onSent(bytes: number): void;
}

/**
 * Sends a range of a listed file over an ephemeral port. That nobody comes for it is no failure. What cannot be sent to its end
 * ends with a reset: a clean end would look like all of it.
 * @param options.left whoever asked for it has gone
 * @throws TributaryError of the disk or the network; the signal's reason
 */
export async function sendDownload(
  { files, peer, onPort, onSent }: SendDownloadComponents,
  { fid, offset, length }: { readonly fid: string; readonly offset: number; readonly length: number },
  options: { readonly signal: AbortSignal; readonly left: AbortSignal },
): Promise<void> {
  const file = await files.openForReading(fid, options);
  try {
    options.signal.throwIfAborted();
    const { port, connection } = await openTransferPort({ host: peer.localHost, from: peer.address }, options);
    onPort(port);
    const socket = await connection;
    if (socket === null) return;
    try {
      // Whatever it says is not for us; unread, it would turn the end into a reset.
      socket.resume();
      const range = { start: offset, end: offset + length };
      await sendBytes(socket, range, unchanged(file, range), { ...options, onSent });
    } catch (error) {
      socket.resetAndDestroy();
      throw error;
    }
    await closed(socket, options);
    socket.destroy();
  } finally {
    await file.close();
  }
}

/** Reads what it was when it was opened: half of one version and half of another is no version. */
function unchanged(file: ReadableFile, range: { readonly start: number; readonly end: number }): ReadAt {
  let checkedTo = range.start;
  return async (memory, position) => {
    const count = await file.readAt(memory, position);
    const readTo = position + count;
    if (readTo < range.end && readTo - checkedTo < CHECK_BYTES) return count;
    // What it is now is for the next one to find out, who has it hashed: it is not taken off the list unseen.
    if (!(await file.isUnchanged()))
      throw new TributaryError('disk-error', { path: file.path, reason: 'somebody else writes to it' });
    checkedTo = readTo;
    return count;
  };
}

/** Resolves when the other side has taken everything, or has had time to. */
async function closed(socket: net.Socket, options: { readonly signal: AbortSignal }): Promise<void> {
  if (socket.destroyed) return;
  const over = new AbortController();
  await Promise.race([
    once(socket, 'close', { signal: over.signal }),
    sleep(LINGER_MS, { signal: AbortSignal.any([over.signal, options.signal]) }),
  ]).catch(() => {});
  over.abort();
}
