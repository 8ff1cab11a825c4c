import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { join } from 'node:path';

/** sun_path holds 104 bytes on macOS and 108 on Linux, the ending zero included. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * Where an engine listens: a socket in its private state folder, or, where that path is too long for a socket, in
 * `fallbackFolder`; a named pipe on Windows. A new name each time, so that no dead engine's socket is in the way.
 */
export function localSocketPath(init: {
  stateFolder: string;
  fallbackFolder: string;
  platform: NodeJS.Platform;
}): string {
  const token = randomBytes(6).toString('hex');
  if (init.platform === 'win32') return `\\\\.\\pipe\\tributary-${token}`;
  const wanted = join(init.stateFolder, `${token}.sock`);
  return Buffer.byteLength(wanted) <= MAX_SOCKET_PATH_BYTES ? wanted : join(init.fallbackFolder, `${token}.sock`);
}

export interface LocalListener {
  /** Ends all connections and the listening. */
  close(): Promise<void>;
}

/** Listens on a unix socket or named pipe. */
export function listenLocal(path: string, onConnection: (socket: net.Socket) => void): Promise<LocalListener> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // A connection that could not be taken, for want of file handles say, is its client's trouble.
      server.on('error', () => {});
      resolve({
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}
