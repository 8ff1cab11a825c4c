import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import type { Scope } from '../scope.ts';
import { basicAuthorization } from './answers.ts';

export interface ProxyRequest {
  readonly method: string;
  /** `host:port` of a CONNECT, the absolute address of a plain request. */
  readonly target: string;
  readonly authorization: string | null;
}

export interface ProxyServer {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly address: string;
  readonly requests: ProxyRequest[];
}

export interface ProxyOptions {
  /** Asked for by 407. @default nobody is asked */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Host name → loopback port. Names that exist here alone show that a client left the resolving to its proxy. */
  readonly hosts?: Readonly<Record<string, number>>;
}

/** A forward proxy: CONNECT tunnels and plain requests */
export async function startProxyServer(scope: Scope, options: ProxyOptions = {}): Promise<ProxyServer> {
  const { credentials, hosts = {} } = options;
  const requests: ProxyRequest[] = [];
  const sockets = new Set<Socket>();
  const admitted = (request: IncomingMessage): boolean => {
    const authorization = request.headers['proxy-authorization'] ?? null;
    requests.push({ method: request.method ?? '', target: request.url ?? '', authorization });
    return credentials === undefined || authorization === basicAuthorization(credentials.user, credentials.password);
  };

  const server = createServer((request, response) => {
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
  });

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
    const upstream = connect(mapped ?? Number(port || 80), mapped === undefined ? hostname : '127.0.0.1', () => {
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
  server.listen(0, '127.0.0.1');
  scope.defer(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, address: `http://127.0.0.1:${port}`, requests };
}
