import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import tls from 'node:tls';
import type { Scope } from '../../../support/scope.ts';
import { testCertificates } from '../../../support/servers/certificates.ts';
import { listenOnLoopback } from '../../../support/servers/listenOnLoopback.ts';
import type { SeededRandom } from '../seededRandom.ts';

/** Called for every request; `number` counts from 1 over all connections. */
export type Script = (socket: Socket, request: { readonly number: number; readonly connection: number }) => unknown;

export interface ScriptedServer {
  readonly port: number;
  readonly connections: number;
  readonly openConnections: number;
  /** Resets (RST) every connection. */
  reset(): void;
}

/** A server that speaks exactly the bytes of its script, on bare sockets or over TLS. */
export async function startScriptedServer(
  scope: Scope,
  kind: 'plain' | 'tls',
  script: Script,
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let requests = 0;
  const serve = (socket: Socket): void => {
    const connection = ++connections;
    sockets.add(socket);
    socket.setNoDelay(true);
    // A client that hangs up is part of the tests.
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let pending = '';
    socket.on('data', (data: Buffer) => {
      pending += data.toString('latin1');
      for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
        pending = pending.slice(end + 4);
        void script(socket, { number: ++requests, connection });
      }
    });
  };
  const { key, cert } = kind === 'tls' ? testCertificates(scope).good : { key: '', cert: '' };
  const server: Server = kind === 'tls' ? tls.createServer({ key, cert }, serve) : createServer(serve);
  // A socket of TLS cannot be reset, but what it lies on.
  const bare = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    bare.add(socket);
    socket.on('error', () => {}).on('close', () => bare.delete(socket));
  });
  const port = await listenOnLoopback(server, scope, sockets);
  return {
    port,
    get connections() {
      return connections;
    },
    get openConnections() {
      return sockets.size;
    },
    reset: () => {
      for (const socket of bare) socket.resetAndDestroy();
    },
  };
}

/** Sends the bytes in pieces of any size, some of them together, some turns apart. */
export async function sendInPieces(socket: Socket, bytes: Uint8Array, random: SeededRandom): Promise<void> {
  const largest = random.pick([3, 100, 5000, 40_000, bytes.length]);
  for (let at = 0; at < bytes.length && !socket.destroyed; ) {
    const end = Math.min(bytes.length, at + random.between(1, Math.max(1, largest)));
    const flushed = socket.write(bytes.subarray(at, end));
    if (!flushed && !socket.destroyed) await drained(socket);
    // Tiny pieces of a large body would take minutes with a turn between each two.
    if (random.chance(largest < 1000 ? 0.02 : 0.5)) await nextTurn();
    at = end;
  }
}

/** Resolves when more may be sent, or nothing any more. */
export function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}
