import net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import { toNetworkError } from './networkError.ts';

/**
 * A connection that stands.
 * @param to.label host and port for messages
 * @throws TributaryError of the network; the signal's reason
 */
export function connectTcp(
  to: { readonly address: string; readonly port: number; readonly label: string },
  options: { signal: AbortSignal; connectMs: number },
): Promise<net.Socket> {
  const { address, port, label } = to;
  return new Promise((resolve, reject) => {
    if (options.signal.aborted) {
      reject(options.signal.reason);
      return;
    }
    const socket = net.connect({ host: address, port });
    const settle = (error: unknown): void => {
      clearTimeout(timer);
      link.dispose();
      if (error === null) resolve(socket);
      else {
        socket.destroy();
        reject(error);
      }
    };
    const timer = setTimeout(() => settle(new TributaryError('connect-timeout', { host: label })), options.connectMs);
    const link = onAbort(options.signal, (reason) => settle(reason));
    socket.once('connect', () => settle(null));
    // Stays: an error that nobody listens to would end the process.
    socket.on('error', (error) => settle(toNetworkError(error, label)));
  });
}
