import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as forward } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Scope } from '../scope.ts';
import { basicAuthorization } from './answers.ts';
import { listenOnLoopback } from './listenOnLoopback.ts';

export interface ProxyRequest {
  readonly method: string;
  /** `host:port` of a CONNECT, the absolute address of a plain request. */
  readonly target: string;
  readonly authorization: string | null;
}

export interface ProxyServer {
  readonly port: number;
  /** `http://127.0.0.1:<port>` or `https://localhost:<port>` */
  readonly address: string;
  readonly requests: ProxyRequest[];
  /** From clients and to origins. */
  readonly openConnections: number;
}

export interface ProxyOptions {
  /** Asked for by 407. @default nobody is asked */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Host name → loopback port. Names that exist here alone show that a client left the resolving to its proxy. */
  readonly hosts?: Readonly<Record<string, number>>;
  /** A proxy that is spoken to over TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A forward proxy: CONNECT tunnels and plain requests. */
export async function startProxyServer(scope: Scope, options: ProxyOptions = {}): Promise<ProxyServer> {
  const { credentials, hosts = {}, tls } = options;
  const requests: ProxyRequest[] = [];
  const sockets = new Set<Socket>();
  const admitted = (request: IncomingMessage): boolean => {
    const authorization = request.headers['proxy-authorization'] ?? null;
    requests.push({ method: request.method ?? '', target: request.url ?? '', authorization });
    return credentials === undefined || authorization === basicAuthorization(credentials.user, credentials.password);
  };

  const passOn = (request: IncomingMessage, response: ServerResponse): void => {
    if (!admitted(request)) {
      response.writeHead(407, { 'Proxy-Authenticate': 'Basic realm="proxy"', 'Content-Length': '0' }).end();
      return;
    }
    const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = request.headers;
    const target = new URL(request.url ?? '');
    const mapped = hosts[target.hostname];
    if (mapped !== undefined) target.host = `127.0.0.1:${mapped}`;
    const onward = forward(target, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { 'Content-Length': '0' }).end();
    });
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  };
  const server = tls === undefined ? createServer(passOn) : createTlsServer(tls, passOn);
  // A client that refuses our certificate ends the handshake: expected by the tests of exactly that.
  server.on('tlsClientError', () => {});

  server.on('connect', (request: IncomingMessage, client: Socket, first: Buffer) => {
    client.on('error', () => {});
    if (!admitted(request)) {
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"\r\nContent-Length: 0\r\n\r\n',
      );
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const mapped = hosts[hostname];
    const host = mapped === undefined ? hostname.replace(/^\[|\]$/g, '') : '127.0.0.1';
    const upstream = connect(mapped ?? Number(port || 80), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(first);
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'));
    upstream.once('close', () => {
      sockets.delete(upstream);
      client.destroy();
    });
    client.once('close', () => upstream.destroy());
  });

  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await listenOnLoopback(server, scope, sockets);
  return {
    port,
    address: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    requests,
    get openConnections() {
      return sockets.size;
    },
  };
}
