import type net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import type { ByteSink } from '../../kit/byteSink.ts';
import { deferred } from '../../kit/deferred.ts';
import { Deadline } from './deadline.ts';
import { withOwnMemory } from './ownMemory.ts';
import { SinkReads } from './sinkReads.ts';

/** How long the other side may send nothing. */
const IDLE_MS = 30_000;
/** After the last byte, for the half-close or for bytes too many; and for what is on its way from a sender that has left. */
const LAST_MS = 2000;

/** How a stream of a known length ended. */
export type ReceivedEnd = 'complete' | 'too-few' | 'too-many' | 'broken' | 'idle';

/**
 * Fills a sink from an accepted socket that comes paused, and looks whether there is more. Somebody who sends all of it but
 * keeps the connection open is believed after two seconds. The connection is closed when this returns.
 * @param options.left the sender is known to have gone: what it has sent is taken, but no silence is waited for
 * @throws what the sink throws; the signal's reason
 */
export async function receiveBytes(
  accepted: net.Socket,
  sink: ByteSink,
  options: {
    readonly signal: AbortSignal;
    readonly left?: AbortSignal;
    readonly onReceived?: (bytes: number) => void;
    readonly idleMs?: number;
    readonly lastMs?: number;
  },
): Promise<ReceivedEnd> {
  const { idleMs = IDLE_MS, lastMs = LAST_MS } = options;
  const ended = deferred<ReceivedEnd>();
  const isFull = (): boolean => sink.remaining === 0;
  const deadline = new Deadline(() => ended.resolve(isFull() ? 'complete' : 'idle'));
  let paused = false;
  const wait = (): void => deadline.start(isFull() || options.left?.aborted === true ? lastMs : idleMs, 'idle-timeout');
  const reads = new SinkReads(
    sink,
    {
      onBytes: (count) => {
        options.onReceived?.(count);
        deadline.refresh();
      },
      // Time that passes while the disk is slow is not the other side's.
      onPause: () => {
        paused = true;
        deadline.stop();
      },
      onReady: () => {
        paused = false;
        wait();
        socket.resume();
      },
      onFull: (surplusBytes) => {
        if (surplusBytes > 0) ended.resolve('too-many');
        else wait();
        return surplusBytes === 0;
      },
      onError: ended.reject,
    },
    options,
  );
  if (accepted.destroyed) throw new TributaryError('connection-lost');
  const links = [onAbort(options.signal, (reason) => ended.reject(reason))];
  if (options.left !== undefined)
    links.push(
      onAbort(options.left, () => {
        if (!paused) wait();
      }),
    );
  const socket = withOwnMemory(accepted, reads.onread);
  const onBroken = (): void => ended.resolve(isFull() ? 'complete' : 'broken');
  socket.on('end', () => ended.resolve(isFull() ? 'complete' : 'too-few'));
  socket.on('error', onBroken);
  socket.on('close', onBroken);
  try {
    wait();
    socket.resume();
    return await ended.promise;
  } finally {
    reads.stop();
    deadline.stop();
    for (const link of links) link.dispose();
    socket.destroy();
  }
}
