import { createServer, type Socket } from 'node:net';
import type { Scope } from '../scope.ts';
import { listenOnLoopback } from '../servers/listenOnLoopback.ts';

/** A port of a hub that is played; who has said its last word is still answered. @returns its number */
export function openPort(scope: Scope, onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  return listenOnLoopback(server, scope, sockets);
}
