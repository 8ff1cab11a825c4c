import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Scope } from '../scope.ts';

/**
 * Lets a server listen on any free port of loopback, which is returned, until the scope is closed.
 * @param sockets those of the server and those it opened itself, as they are by then; they are destroyed, since a client
 * that keeps its connection would keep the server from closing
 */
export async function listenOnLoopback(server: Server, scope: Scope, sockets: Iterable<Socket>): Promise<number> {
  server.listen(0, '127.0.0.1');
  scope.defer(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
