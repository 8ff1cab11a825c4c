import net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import type { ByteSink } from '../../kit/byteSink.ts';
import { deferred } from '../../kit/deferred.ts';
import { Deadline } from './deadline.ts';
import { SinkReads } from './sinkReads.ts';

/**
 * Connects to a port that sends one stream, and lets that flow straight into the memory of the sink until the sink is full.
 * @throws TributaryError of the network (`incomplete-body` when the stream ends early), disk errors; the signal's reason
 */
export async function fetchBytes(
  from: { readonly address: string; readonly port: number },
  sink: ByteSink,
  options: { signal: AbortSignal; connectMs: number; idleMs: number; onReceived?: () => void },
): Promise<void> {
  const { connectMs, idleMs } = options;
  const full = deferred<void>();
  const deadline = new Deadline((error) => full.reject(error));
  const reads = new SinkReads(
    sink,
    {
      onBytes: () => {
        options.onReceived?.();
        deadline.refresh();
      },
      // Time that passes while the disk is slow is not the sender's.
      onPause: () => deadline.stop(),
      onReady: () => {
        deadline.start(idleMs, 'idle-timeout');
        socket.resume();
      },
      onFull: () => {
        full.resolve();
        return false;
      },
      onError: (error) => full.reject(error),
    },
    options,
  );
  const link = onAbort(options.signal, (reason) => full.reject(reason));
  const socket = net.connect({ host: from.address, port: from.port, onread: reads.onread });
  try {
    socket.once('connect', () => deadline.start(idleMs, 'idle-timeout'));
    socket.on('error', (error) => full.reject(error));
    socket.on('end', () => full.reject(new TributaryError('incomplete-body')));
    socket.on('close', () => full.reject(new TributaryError('connection-lost')));
    deadline.start(connectMs, 'connect-timeout');
    if (sink.remaining === 0) full.resolve();
    // Without that, the end would never be told.
    socket.resume();
    await full.promise;
  } finally {
    reads.stop();
    deadline.stop();
    link.dispose();
    socket.destroy();
  }
}
