import net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';

export interface TcpListener {
  /** The one that was asked for, or the one that the system chose. */
  readonly port: number;
  /** Ends the listening; connections that were handed over are their owner's. */
  close(): Promise<void>;
}

/**
 * Listens on one address. Sockets come paused, and stay open for answers when the other side has said its last word: whoever
 * takes one closes it.
 * @param where.port 0: any free one
 * @throws TributaryError `port-in-use`, `listen-failed`
 */
export function listenTcp(
  where: { readonly host: string; readonly port: number },
  onConnection: (socket: net.Socket) => void,
): Promise<TcpListener> {
  // Node would end a download whose receiver has half-closed, after what lies in the socket's buffer.
  const options = { allowHalfOpen: true, pauseOnConnect: true, highWaterMark: 1024 * 1024 };
  const server = net.createServer(options, (socket) => {
    // Until its owner listens.
    socket.on('error', () => {});
    onConnection(socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, where)));
    server.listen({ host: where.host, port: where.port, exclusive: true }, () => {
      server.removeAllListeners('error');
      // A connection that could not be taken, for want of file handles say, is its client's trouble.
      server.on('error', () => {});
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : where.port,
        close: () => new Promise((closed) => void server.close(() => closed())),
      });
    });
  });
}

/** Why a port cannot be listened on: `port-in-use` or `listen-failed`. */
export function listenError(
  error: NodeJS.ErrnoException,
  { host, port }: { readonly host: string; readonly port: number },
): TributaryError {
  const reason = error.code ?? error.message;
  return reason === 'EADDRINUSE'
    ? new TributaryError('port-in-use', { host, port }, { cause: error })
    : new TributaryError('listen-failed', { host, port, reason }, { cause: error });
}
