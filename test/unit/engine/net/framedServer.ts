import type { Socket } from 'node:net';
import tls from 'node:tls';
import type { Scope } from '../../../support/scope.ts';
import { testCertificates } from '../../../support/servers/certificates.ts';
import { listenOnLoopback } from '../../../support/servers/listenOnLoopback.ts';

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
const END_STREAM = 1;
const END_HEADERS = 4;
const PREFACE_BYTES = 24;
const FRAME_HEAD_BYTES = 9;

/** One request; every method sends a frame (RFC 9113 §6). */
export interface FramedAnswer {
  /** Of all connections, from 1. */
  readonly number: number;
  readonly connection: number;
  /** 200. @param length for `content-length` @default not told */
  head(length?: number): void;
  data(bytes: Uint8Array, options?: { end: boolean }): void;
  reset(code: number): void;
  /** No later stream than this one is served. */
  goAway(): void;
  /** Ends the connection: in good order, or by RST. */
  hangUp(how: 'in good order' | 'reset'): void;
}

export interface FramedServer {
  readonly port: number;
  readonly connections: number;
  /** By which the client lets more come: connection and streams. */
  readonly windowBytes: number;
}

/** An HTTP/2 server that sends exactly the frames of its script, wrong ones too, which Node's own would never send. */
export async function startFramedServer(
  scope: Scope,
  script: (answer: FramedAnswer) => unknown,
): Promise<FramedServer> {
  const sockets = new Set<Socket>();
  const bare: Socket[] = [];
  let connections = 0;
  let requests = 0;
  let windowBytes = 0;
  const server = tls.createServer({ ...testCertificates(scope).good, ALPNProtocols: ['h2'] }, (socket) => {
    const connection = ++connections;
    const below = bare.at(-1);
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.write(Buffer.concat([frame(SETTINGS, 0, 0), frame(SETTINGS, 1, 0)]));
    let pending = Buffer.alloc(0);
    let next = PREFACE_BYTES;
    socket.on('data', (data: Buffer) => {
      pending = Buffer.concat([pending, data]);
      while (pending.length >= next + FRAME_HEAD_BYTES) {
        const length = pending.readUIntBE(next, 3);
        if (pending.length < next + FRAME_HEAD_BYTES + length) return;
        const stream = pending.readUInt32BE(next + 5);
        if (pending[next + 3] === WINDOW_UPDATE) windowBytes += pending.readUInt32BE(next + FRAME_HEAD_BYTES);
        if (pending[next + 3] === HEADERS) {
          void script(answerOn(socket, below, { stream, connection, number: ++requests }));
        }
        pending = pending.subarray(next + FRAME_HEAD_BYTES + length);
        next = 0;
      }
    });
  });
  server.on('connection', (socket: Socket) => bare.push(socket.on('error', () => {})));
  const port = await listenOnLoopback(server, scope, sockets);
  return {
    port,
    get connections() {
      return connections;
    },
    get windowBytes() {
      return windowBytes;
    },
  };
}

function answerOn(
  socket: Socket,
  below: Socket | undefined,
  { stream, connection, number }: { stream: number; connection: number; number: number },
): FramedAnswer {
  return {
    number,
    connection,
    head: (length) => {
      // `:status: 200` is entry 8 of the static table, the name `content-length` is entry 28 (RFC 7541 §6).
      const text = Buffer.from(String(length ?? ''));
      const field = length === undefined ? [] : [Uint8Array.of(0x0f, 28 - 15, text.length), text];
      socket.write(frame(HEADERS, END_HEADERS, stream, Buffer.concat([Uint8Array.of(0x88), ...field])));
    },
    data: (bytes, options) => {
      for (let at = 0; at < bytes.length || at === 0; at += 16_000) {
        const last = at + 16_000 >= bytes.length && options?.end === true;
        socket.write(frame(DATA, last ? END_STREAM : 0, stream, bytes.subarray(at, at + 16_000)));
      }
    },
    reset: (code) => void socket.write(frame(RST_STREAM, 0, stream, uint32(code))),
    goAway: () => void socket.write(frame(GOAWAY, 0, 0, Buffer.concat([uint32(stream), uint32(0)]))),
    hangUp: (how) => {
      if (how === 'reset') below?.resetAndDestroy();
      else socket.end();
    },
  };
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
