import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Scope } from '../../support/scope.ts';
import { listenOnLoopback } from '../../support/servers/listenOnLoopback.ts';

/** Stands between a client and a real server, passes everything on and counts what comes back. */
export interface CountingRelay {
  readonly origin: string;
  /** What the server has sent so far, heads of responses included. */
  readonly bytes: number;
  /** `performance.now()` of the last of them. */
  readonly lastByteAtMs: number;
  readonly openConnections: number;
}

export async function startCountingRelay(scope: Scope, targetPort: number): Promise<CountingRelay> {
  const counted = { origin: '', bytes: 0, lastByteAtMs: 0, openConnections: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    counted.openConnections++;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    upstream.on('data', (piece: Buffer) => {
      counted.bytes += piece.length;
      counted.lastByteAtMs = performance.now();
    });
    client.once('close', () => {
      counted.openConnections--;
      upstream.destroy();
    });
    upstream.once('close', () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  counted.origin = `http://127.0.0.1:${await listenOnLoopback(server, scope, sockets)}`;
  return counted;
}
