import http, { type IncomingMessage, METHODS, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type BoundedConnection, BoundedListener, type ListenerLimits } from './boundedListener.ts';
import { RequestFeed } from './requestFeed.ts';

/** Takes the bytes of a request that is no HTTP, however they are cut. */
export interface RequestReader<T> {
  /** The request when it is complete; null: it may go on. */
  push(bytes: Uint8Array): T | null;
  /** Nothing more comes. */
  finish(): T;
}

export interface MixedServerInit extends ListenerLimits {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** A request that is no HTTP is complete after so long without a byte. */
  readonly silenceMs: number;
  readonly maxHeaderBytes: number;
}

export interface MixedServerHandlers<T> {
  newReader(): RequestReader<T>;
  /** What is sent back before the connection is closed; never rejects. */
  answer(request: T, connection: BoundedConnection): Promise<Uint8Array | string>;
  /** Of each connection one at a time. @param exchange.gone aborted when nobody waits for the answer any more */
  onHttp(request: IncomingMessage, response: ServerResponse, exchange: HttpExchange): void;
}

/** Whose request it is. */
export interface HttpExchange {
  readonly connection: BoundedConnection;
  readonly gone: AbortSignal;
}

/** How an HTTP request begins. File managers that try WebDAV (PROPFIND) are to be told in HTTP, too. */
const BEGINNINGS = METHODS.map((method) => `${method} `);
const LONGEST_BEGINNING = Math.max(...BEGINNINGS.map(({ length }) => length));

/** Nobody is tunnelled, and Node leaves it to us to say so. */
const NO_TUNNEL =
  'HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

/** What somebody may still send behind a request that was answered; then the connection is cut. */
const MAX_TAIL_BYTES = 2 * 1024 * 1024;

/** HTTP and a protocol of single requests on one port: the first bytes decide. */
export class MixedServer<T> {
  readonly #init: MixedServerInit;
  readonly #handlers: MixedServerHandlers<T>;
  readonly #http: http.Server;
  #listener: BoundedListener | null = null;

  private constructor(init: MixedServerInit, handlers: MixedServerHandlers<T>) {
    this.#init = init;
    this.#handlers = handlers;
    // Its own deadlines work only when it listens itself; the listener has them all the same.
    const limits = { maxHeaderSize: init.maxHeaderBytes, keepAliveTimeout: init.askMs };
    this.#http = http.createServer(limits, (request, response) => this.#onHttp(request, response));
    for (const event of ['checkContinue', 'checkExpectation'])
      this.#http.on(event, (request, response) => this.#onHttp(request, response));
    // Without a listener of 'upgrade' the wish is ignored (RFC 9110 §7.8).
    // Node has let go of the connection by then: nobody else would take the error of a client that has gone.
    this.#http.on('connect', (_, socket) => socket.on('error', () => {}).end(NO_TUNNEL));
  }

  /** @throws TributaryError `port-in-use`, `listen-failed` */
  static async open<T>(init: MixedServerInit, handlers: MixedServerHandlers<T>): Promise<MixedServer<T>> {
    const server = new MixedServer(init, handlers);
    server.#listener = await BoundedListener.open(init, (connection) => server.#sniff(connection));
    return server;
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  /** Connections by the address of the other side. */
  get peers(): ReadonlyMap<string, number> {
    return this.#listener?.peers ?? new Map();
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }

  /** Waits for enough bytes to know what is spoken. */
  #sniff(connection: BoundedConnection): void {
    const { socket } = connection;
    const reader = this.#handlers.newReader();
    let first = Buffer.alloc(0);
    let silence: NodeJS.Timeout | undefined;
    const stop = (): void => {
      clearTimeout(silence);
      socket.off('data', onData);
      socket.off('end', onEnd);
      socket.off('close', stop);
    };
    const settle = (request: T): void => {
      stop();
      void this.#answer(connection, request);
    };
    const onEnd = (): void => {
      stop();
      // A look at the port, no request.
      if (first.length === 0) socket.destroy();
      else void this.#answer(connection, reader.finish());
    };
    const onData = (bytes: Buffer): void => {
      if (first.length < LONGEST_BEGINNING) first = Buffer.concat([first, bytes]);
      if (speaksHttp(first)) {
        stop();
        this.#handOver(connection, first);
        return;
      }
      const request = reader.push(bytes);
      if (request !== null) {
        settle(request);
        return;
      }
      clearTimeout(silence);
      silence = setTimeout(() => settle(reader.finish()), this.#init.silenceMs);
    };
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('close', stop);
  }

  async #answer(connection: BoundedConnection, request: T): Promise<void> {
    const { socket } = connection;
    let tail = 0;
    socket.on('data', (bytes: Buffer) => {
      tail += bytes.length;
      if (tail > MAX_TAIL_BYTES) socket.destroy();
    });
    connection.enter('answering');
    const reply = await this.#handlers.answer(request, connection);
    // It has the time of somebody who asks to take the answer and close.
    socket.end(reply, () => connection.enter('asking'));
  }

  #handOver(connection: BoundedConnection, first: Buffer): void {
    this.#http.emit('connection', new RequestFeed(connection, first));
  }

  #onHttp(request: IncomingMessage, response: ServerResponse): void {
    const feed: Duplex = request.socket;
    if (!(feed instanceof RequestFeed)) return;
    const { connection } = feed;
    const gone = new AbortController();
    connection.enter('answering');
    response.once('close', () => {
      gone.abort(new Error('the answer is over'));
      connection.enter('asking');
      feed.next();
    });
    response.on('error', () => {});
    this.#handlers.onHttp(request, response, { connection, gone: gone.signal });
  }
}

function speaksHttp(first: Buffer): boolean {
  const start = first.toString('latin1', 0, LONGEST_BEGINNING);
  return BEGINNINGS.some((beginning) => start.startsWith(beginning));
}
