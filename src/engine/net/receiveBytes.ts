import type net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import { deferred } from '../../kit/deferred.ts';
import { Deadline } from './deadline.ts';

/** How long the other side may send nothing. */
const IDLE_MS = 30_000;
/** After the last byte: for the half-close, or for bytes too many. */
const LAST_MS = 2000;

/** Where bytes go in their order. */
export interface ByteQueue {
  /** False: take no more before `ready` resolves. */
  push(bytes: Uint8Array): boolean;
  ready(): Promise<void>;
}

/** How a stream of a known length ended. */
export type ReceivedEnd = 'complete' | 'too-few' | 'too-many' | 'broken' | 'idle';

/**
 * Takes up to `length` bytes from a socket that comes paused, and looks whether there are more. Somebody who sends all of
 * them but keeps the connection open is believed after two seconds. The socket is the caller's.
 * @throws what the queue throws; the signal's reason
 */
export async function receiveBytes(
  socket: net.Socket,
  length: number,
  queue: ByteQueue,
  options: { signal: AbortSignal; onReceived?: (bytes: number) => void; idleMs?: number; lastMs?: number },
): Promise<ReceivedEnd> {
  const ended = deferred<ReceivedEnd>();
  let left = length;
  const idleMs = options.idleMs ?? IDLE_MS;
  const deadline = new Deadline(() => ended.resolve(left === 0 ? 'complete' : 'idle'));
  const wait = (): void => {
    if (left === 0) deadline.start(options.lastMs ?? LAST_MS, 'idle-timeout');
    else deadline.start(idleMs, 'idle-timeout');
  };
  const onData = (bytes: Buffer): void => {
    if (bytes.length > left) {
      left = -1;
      ended.resolve('too-many');
      socket.pause();
      return;
    }
    left -= bytes.length;
    const goOn = queue.push(bytes);
    options.onReceived?.(bytes.length);
    if (left === 0) wait();
    else deadline.refresh();
    if (goOn) return;
    socket.pause();
    // Time that passes while the disk is slow is not the other side's.
    deadline.stop();
    queue.ready().then(() => {
      wait();
      socket.resume();
    }, ended.reject);
  };
  const onEnd = (): void => ended.resolve(left === 0 ? 'complete' : 'too-few');
  const onBroken = (): void => ended.resolve(left === 0 ? 'complete' : 'broken');
  const link = onAbort(options.signal, (reason) => ended.reject(reason));
  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.on('error', onBroken);
  socket.on('close', onBroken);
  try {
    wait();
    if (socket.destroyed) throw new TributaryError('connection-lost');
    socket.resume();
    return await ended.promise;
  } finally {
    deadline.stop();
    link.dispose();
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('error', onBroken);
    socket.off('close', onBroken);
    socket.pause();
  }
}
