import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Scope } from '../scope.ts';
import type { Handler } from './exchange.ts';
import { parseRange, RequestLog } from './requestLog.ts';

export interface HttpServer {
  readonly port: number;
  /** `http://127.0.0.1:<port>` or `https://localhost:<port>`. */
  readonly origin: string;
  readonly log: RequestLog;
  /** Path → behaviour. Changing it changes the running server. */
  readonly routes: Map<string, Handler>;
  /** Closes the listener and every connection; what reaches the port afterwards is refused. */
  close(): Promise<void>;
}

export interface HttpServerOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** A fixed port, for a server that comes back after it was closed. @default any free one */
  readonly port?: number;
}

/** A real server on loopback. A path without a route is answered 404. */
export async function startHttpServer(
  scope: Scope,
  routes: Readonly<Record<string, Handler>>,
  options: HttpServerOptions = {},
): Promise<HttpServer> {
  const log = new RequestLog();
  const table = new Map(Object.entries(routes));
  const sockets = new Map<Socket, number>();
  let origin = '';

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = request.url ?? '/';
    const logged = {
      atMs: performance.now(),
      number: log.requests.length + 1,
      method: request.method ?? '',
      target,
      headers: request.headers,
      range: parseRange(request.headers.range),
      connection: sockets.get(request.socket) ?? 0,
      status: null as number | null,
      bytesSent: 0,
      ended: false,
    };
    log.requests.push(logged);
    response.once('close', () => {
      logged.status = response.headersSent ? response.statusCode : logged.status;
      logged.ended = true;
    });
    const handler = table.get(target.split('?', 1)[0] ?? target);
    if (handler === undefined) response.writeHead(404, { 'Content-Type': 'text/plain' }).end('no such file\n');
    else await handler({ request, response, logged, log, origin });
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch(() => response.destroy());
  };
  // The server's own time limits would close connections that a test leaves waiting on purpose.
  const limits = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 };
  const server =
    options.tls === undefined
      ? createServer(limits, onRequest)
      : createTlsServer({ ...limits, ...options.tls }, onRequest);
  server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    sockets.set(socket, ++log.totalConnections);
    log.openConnections++;
    socket.on('error', () => {});
    socket.once('close', () => {
      sockets.delete(socket);
      log.openConnections--;
    });
  });
  // A client that refuses our certificate ends the handshake: expected by the tests of exactly that.
  server.on('tlsClientError', () => {});

  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  server.listen(options.port ?? 0, '127.0.0.1');
  scope.defer(close);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  origin = options.tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
  return { port, origin, log, routes: table, close };
}
