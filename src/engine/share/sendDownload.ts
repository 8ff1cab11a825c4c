import { once } from 'node:events';
import { TributaryError } from '../../contract/errors.ts';
import { sleep } from '../../kit/abort.ts';
import { sendBytes } from '../net/sendBytes.ts';
import { openTransferPort } from '../net/transferPort.ts';
import type { HubFiles } from './hubFiles.ts';
import type { HubPeer } from './receiveUpload.ts';

/** For the last bytes to arrive at somebody slow. */
const LINGER_MS = 30_000;

export interface SendDownloadComponents {
  readonly files: HubFiles;
  readonly peer: HubPeer;
  onPort(port: number): void;
}

/**
 * Sends a range of a listed file over an ephemeral port. That nobody comes for it, or leaves early, is no failure.
 * @throws TributaryError of the disk or the network; the signal's reason
 */
export async function sendDownload(
  { files, peer, onPort }: SendDownloadComponents,
  { fid, offset, length }: { readonly fid: string; readonly offset: number; readonly length: number },
  options: { signal: AbortSignal },
): Promise<void> {
  const file = await files.openForReading(fid);
  try {
    if (file.sizeBytes < offset + length) throw new TributaryError('file-missing', { path: file.path });
    const { port, connection } = await openTransferPort({ host: peer.localHost, from: peer.address }, options);
    onPort(port);
    const socket = await connection;
    if (socket === null) return;
    try {
      // Whatever it says is not for us; unread, it would turn the end into a reset.
      socket.resume();
      await sendBytes(socket, { start: offset, end: offset + length }, file.readAt, options);
      const over = new AbortController();
      const closed = once(socket, 'close', { signal: over.signal }).catch(() => {});
      if (!socket.destroyed)
        await Promise.race([
          closed,
          sleep(LINGER_MS, { signal: AbortSignal.any([over.signal, options.signal]) }),
        ]).finally(() => over.abort());
    } finally {
      socket.destroy();
    }
  } finally {
    await file.close();
  }
}
