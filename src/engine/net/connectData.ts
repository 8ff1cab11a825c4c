import net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import type { DataPort } from './hubSession.ts';
import { toNetworkError } from './networkError.ts';

const CONNECT_MS = 15_000;

/** A connection to a data port, for sending. @throws TributaryError of the network; the signal's reason */
export function connectData({ address, port }: DataPort, options: { signal: AbortSignal }): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: address, port });
    const label = `${address}:${port}`;
    const settle = (error: unknown): void => {
      clearTimeout(timer);
      link.dispose();
      if (error === null) resolve(socket);
      else {
        socket.destroy();
        reject(error);
      }
    };
    const timer = setTimeout(() => settle(new TributaryError('connect-timeout', { host: label })), CONNECT_MS);
    const link = onAbort(options.signal, (reason) => settle(reason));
    socket.once('connect', () => settle(null));
    // Stays: an error that nobody listens to would end the process.
    socket.on('error', (error) => settle(toNetworkError(error, label)));
  });
}
