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
  /** Passes on no more than about so many bytes from now on, until it is released: a slow machine gets the time it needs. */
  holdAfter(bytes: number): void;
  release(): void;
}

export async function startCountingRelay(scope: Scope, targetPort: number): Promise<CountingRelay> {
  const sockets = new Set<Socket>();
  const held = new Map<Socket, Socket>();
  let mostBytes = Number.POSITIVE_INFINITY;
  const counted = {
    origin: '',
    bytes: 0,
    lastByteAtMs: 0,
    openConnections: 0,
    holdAfter: (bytes: number) => {
      mostBytes = counted.bytes + bytes;
    },
    release: () => {
      mostBytes = Number.POSITIVE_INFINITY;
      for (const [upstream, client] of held) upstream.pipe(client);
      held.clear();
    },
  };
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    counted.openConnections++;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    const hold = (): void => {
      upstream.unpipe(client).pause();
      held.set(upstream, client);
    };
    upstream.on('data', (piece: Buffer) => {
      counted.bytes += piece.length;
      counted.lastByteAtMs = performance.now();
      if (counted.bytes >= mostBytes) hold();
    });
    client.once('close', () => {
      counted.openConnections--;
      upstream.destroy();
    });
    upstream.once('close', () => {
      held.delete(upstream);
      client.destroy();
    });
    client.pipe(upstream).pipe(client);
    if (counted.bytes >= mostBytes) hold();
  });
  counted.origin = `http://127.0.0.1:${await listenOnLoopback(server, scope, sockets)}`;
  return counted;
}
