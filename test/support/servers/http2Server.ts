import { constants, createServer, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import type { Content } from '../content.ts';
import type { Scope } from '../scope.ts';
import { listenOnLoopback } from './listenOnLoopback.ts';
import { type AskedRange, parseRange } from './requestLog.ts';

/** What one answer does besides serving the range that was asked for. */
export interface Http2Behaviour {
  /** In place of the file. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The stream is reset (RST_STREAM) after so many bytes. */
  readonly resetAfterBytes?: number;
  /** The whole connection is reset after so many bytes. */
  readonly hangUpAfterBytes?: number;
  /** Nothing more comes after so many bytes. */
  readonly stallAfterBytes?: number;
  /** No length is told. */
  readonly lengthless?: boolean;
}

export interface Http2Request {
  /** From 1, in order of arrival. */
  readonly number: number;
  readonly range: AskedRange | null;
  /** From 1; the same number means the same connection. */
  readonly connection: number;
}

export interface Http2Server {
  readonly port: number;
  readonly origin: string;
  readonly requests: readonly Http2Request[];
  /** TLS connections that wanted another protocol. */
  readonly refused: number;
  readonly openConnections: number;
}

const PIECE_BYTES = 64 * 1024;

/**
 * Serves one file over HTTP/2 and nothing else. `refusal`: HTTP/1.1 is refused by the alert `no_application_protocol`, or
 * accepted in the handshake and hung up on afterwards, as servers do that know no ALPN.
 */
export async function startHttp2Server(
  scope: Scope,
  content: Content,
  options: {
    readonly tls: { readonly key: string; readonly cert: string };
    readonly refusal?: 'alert' | 'close';
    readonly behave?: (request: Http2Request) => Http2Behaviour;
  },
): Promise<Http2Server> {
  const requests: Http2Request[] = [];
  const sockets = new Set<Socket>();
  const sessions = new Map<Http2Session | undefined, number>();
  let refused = 0;
  const http2 = createServer();
  http2.on('session', (session) => {
    sessions.set(session, sessions.size + 1);
    session.on('error', () => {});
  });
  http2.on('stream', (stream, headers) => {
    const range = parseRange(headers.range);
    const request = { number: requests.length + 1, range, connection: sessions.get(stream.session) ?? 0 };
    requests.push(request);
    stream.on('error', () => {});
    void serve(stream, content, range, options.behave?.(request) ?? {});
  });
  const server = tls.createServer({
    ...options.tls,
    ALPNCallback: ({ protocols }) => {
      if (protocols.includes('h2')) return 'h2';
      refused++;
      return options.refusal === 'close' ? protocols[0] : undefined;
    },
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', (socket) => {
    if (socket.alpnProtocol === 'h2') http2.emit('connection', socket);
    else socket.destroy();
  });
  server.on('tlsClientError', () => {});
  const port = await listenOnLoopback(server, scope, sockets);
  return {
    port,
    origin: `https://localhost:${port}`,
    requests,
    get refused() {
      return refused;
    },
    get openConnections() {
      return sockets.size;
    },
  };
}

async function serve(
  stream: ServerHttp2Stream,
  content: Content,
  range: AskedRange | null,
  behaviour: Http2Behaviour,
): Promise<void> {
  const { resetAfterBytes = Infinity, hangUpAfterBytes = Infinity, stallAfterBytes = Infinity } = behaviour;
  if (behaviour.status !== undefined) {
    stream.respond({ ':status': behaviour.status, ...behaviour.headers }, { endStream: true });
    return;
  }
  const start = range?.start ?? 0;
  const end = Math.min(range?.end ?? content.sizeBytes, content.sizeBytes);
  stream.respond({
    ':status': range === null ? 200 : 206,
    etag: '"h2"',
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${content.sizeBytes}` }),
    ...(behaviour.lengthless === true ? {} : { 'content-length': String(end - start) }),
    ...behaviour.headers,
  });
  const stop = Math.min(end, start + Math.min(resetAfterBytes, hangUpAfterBytes, stallAfterBytes));
  for (let at = start; at < stop && !stream.destroyed; at += PIECE_BYTES) {
    await written(stream, content.slice(at, Math.min(stop, at + PIECE_BYTES)));
  }
  if (stream.destroyed || stop === start + stallAfterBytes) return;
  if (stop === start + resetAfterBytes) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else if (stop === start + hangUpAfterBytes) stream.session?.destroy();
  else stream.end();
}

function written(stream: ServerHttp2Stream, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.write(bytes, () => {
      stream.off('close', resolve);
      resolve();
    });
  });
}
