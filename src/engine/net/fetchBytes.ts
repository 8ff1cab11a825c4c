import net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import { type ByteSink, fillFrom } from '../../kit/byteSink.ts';
import { deferred } from '../../kit/deferred.ts';
import { Deadline } from './deadline.ts';

const CONNECT_MS = 15_000;
const IDLE_MS = 30_000;
/** Takes what comes right after a pause, before the sink can be asked again. */
const SCRATCH_BYTES = 64 * 1024;

/**
 * Connects to a port that sends one stream, and lets that flow straight into the memory of the sink until the sink is full.
 * @throws TributaryError of the network (`incomplete-body` when the stream ends early), disk errors; the signal's reason
 */
export async function fetchBytes(
  from: { readonly address: string; readonly port: number },
  sink: ByteSink,
  options: { signal: AbortSignal },
): Promise<void> {
  const ended = deferred<void>();
  const deadline = new Deadline((error) => ended.reject(error));
  const { signal } = options;
  const scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  let landing: 'sink' | 'scratch' = 'scratch';
  let paused = false;
  let over = false;

  const settle = (error: unknown): void => {
    over = true;
    if (error === null) ended.resolve();
    else ended.reject(error);
  };
  /** @returns whether the socket may go on */
  const passOn = (bytes: Uint8Array): boolean => {
    const { rest, goOn } = fillFrom(sink, bytes);
    return goOn || sink.remaining === 0 ? afterFill(true) : waitFor(Buffer.from(rest));
  };
  const afterFill = (goOn: boolean): boolean => {
    if (sink.remaining === 0) {
      settle(null);
      return false;
    }
    return goOn || waitFor(null);
  };
  const waitFor = (rest: Uint8Array | null): boolean => {
    paused = true;
    // Time that passes while the disk is slow is not the sender's.
    deadline.stop();
    sink.ready({ signal }).then(
      () => {
        if (over) return;
        paused = false;
        if (rest !== null && rest.length > 0 && !passOn(rest)) return;
        deadline.start(IDLE_MS, 'idle-timeout');
        socket.resume();
      },
      (error: unknown) => settle(error),
    );
    return false;
  };

  const link = onAbort(signal, (reason) => settle(reason));
  const socket = net.connect({
    host: from.address,
    port: from.port,
    onread: {
      // Node asks for the next memory right after a read, also after one that paused it: a sink's must not be promised then.
      buffer: () => {
        landing = !over && !paused && sink.remaining > 0 ? 'sink' : 'scratch';
        return landing === 'sink' ? sink.lend() : scratch;
      },
      callback: (count) => {
        if (over) return false;
        deadline.refresh();
        return landing === 'sink' ? afterFill(sink.filled(count)) : passOn(scratch.subarray(0, count));
      },
    },
  });
  try {
    socket.once('connect', () => deadline.start(IDLE_MS, 'idle-timeout'));
    socket.on('error', (error) => settle(error));
    socket.on('end', () => settle(new TributaryError('incomplete-body')));
    socket.on('close', () => settle(new TributaryError('connection-lost')));
    deadline.start(CONNECT_MS, 'connect-timeout');
    if (sink.remaining === 0) settle(null);
    // Without that, the end would never be told.
    socket.resume();
    await ended.promise;
  } finally {
    over = true;
    deadline.stop();
    link.dispose();
    socket.destroy();
  }
}
