import type net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';

/** One write per MiB: fewer calls, and the next piece is read while this one goes out. */
const PIECE_BYTES = 1024 * 1024;
/**
 * How long the other side may take nothing. The kernel takes up to 4 MB ahead, and more only when a third of that is free:
 * who takes 25 kB/s looks for most of a minute like somebody who takes nothing.
 */
const IDLE_MS = 300_000;

/** Fills the memory with the bytes at that position; fewer only at the end of the file. */
export type ReadAt = (memory: Uint8Array, position: number) => Promise<number>;

export interface SendOptions {
  readonly signal: AbortSignal;
  /** How much of the range is on its way. */
  readonly onSent?: (bytes: number) => void;
  /** @default 300 000 */
  readonly idleMs?: number;
}

/**
 * Sends a range of a file and then no more (half-close). Resolves when everything was handed to the kernel. The socket is
 * the caller's, also when this fails.
 * @throws TributaryError `connection-lost`, `idle-timeout`; what `readAt` throws; the signal's reason
 */
export async function sendBytes(
  socket: net.Socket,
  range: { readonly start: number; readonly end: number },
  readAt: ReadAt,
  options: SendOptions,
): Promise<void> {
  const end = new AbortController();
  const link = onAbort(options.signal, (reason) => end.abort(reason));
  const broken = (): void => end.abort(new TributaryError('connection-lost'));
  const idle = (): void => end.abort(new TributaryError('idle-timeout'));
  socket.on('timeout', idle);
  socket.on('error', broken);
  socket.on('close', broken);
  const idleMs = options.idleMs ?? IDLE_MS;
  let sending: Promise<void> = Promise.resolve();
  // Two pieces: one goes out while the other is read.
  const pieces = [0, 1].map(() => Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, Math.max(1, range.end - range.start))));
  try {
    for (let position = range.start, turn = 0; position < range.end; turn = 1 - turn) {
      const memory = pieces[turn]?.subarray(0, Math.min(PIECE_BYTES, range.end - position)) ?? Buffer.alloc(0);
      const count = await readAt(memory, position);
      if (count === 0) throw new TributaryError('connection-lost');
      await sending;
      end.signal.throwIfAborted();
      sending = write(socket, memory.subarray(0, count), { idleMs, signal: end.signal });
      // Whoever awaits it next is told; until then nobody listens.
      sending.catch(() => {});
      position += count;
      options.onSent?.(position - range.start);
    }
    await sending;
    end.signal.throwIfAborted();
    socket.end();
  } finally {
    link.dispose();
    socket.setTimeout(0);
    socket.off('timeout', idle);
    socket.off('error', broken);
    socket.off('close', broken);
  }
}

function write(
  socket: net.Socket,
  bytes: Uint8Array,
  { idleMs, signal }: { idleMs: number; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const link = onAbort(signal, (reason) => reject(reason));
    // Node counts a part of the bytes that goes out, too; nothing has to go out while the next piece is read.
    socket.setTimeout(idleMs);
    socket.write(bytes, (error) => {
      socket.setTimeout(0);
      link.dispose();
      // What is wrong with the connection is told by the signal.
      if (error == null) resolve();
      else reject(signal.aborted ? signal.reason : new TributaryError('connection-lost'));
    });
  });
}
