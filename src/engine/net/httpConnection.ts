import type net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import type { ByteSink } from '../../kit/byteSink.ts';
import { deferred } from '../../kit/deferred.ts';
import type { ResponseHead } from '../protocols/http/responseHead.ts';
import { AnswerReader } from './answerReader.ts';
import type { Connection, ConnectionInit, HttpRequest } from './connection.ts';
import { copyReads } from './copyReads.ts';
import { Deadline } from './deadline.ts';
import { KEEP_MS } from './httpLimits.ts';
import type { BodyEnd } from './httpResponse.ts';
import { openRoute } from './openRoute.ts';
import { requestText } from './requestText.ts';
import { type Route, tunnels } from './route.ts';

/**
 * One HTTP/1.1 connection. Node asks for a buffer before every read (`onread`), so the kernel copies a body into the
 * very bytes that the disk write takes; see `AnswerReader`.
 */
export class HttpConnection implements Connection {
  readonly #route: Route;
  readonly #onClosed: () => void;
  readonly #opened = deferred<net.Socket>();
  readonly #opening = new AbortController();
  readonly #deadline = new Deadline((error) => this.destroy(error));
  readonly #reader: AnswerReader;
  #keepAlive = true;
  #closed = false;
  #requests = 0;
  /** Null until the connection stands. */
  #socket: net.Socket | null = null;

  constructor(init: ConnectionInit, onClosed: () => void) {
    const { route, addresses, timeouts } = init;
    this.#route = route;
    this.#onClosed = onClosed;
    const reader = new AnswerReader(
      {
        deadline: this.#deadline,
        resume: () => void this.#socket?.resume(),
        fail: (error) => this.#fail(error),
      },
      { timeouts },
    );
    this.#reader = reader;
    const onread = { buffer: () => reader.nextBuffer(), callback: (count: number) => reader.received(count) };
    const options = { signal: this.#opening.signal, connectMs: timeouts.connectMs, addresses, onread };
    openRoute(route, options).then(
      (socket) => {
        if (tunnels(route)) copyReads(socket, onread);
        this.#attach(socket);
      },
      (error: unknown) => this.#fail(error),
    );
    this.#opened.promise.catch(() => {});
  }

  get isIdle(): boolean {
    return !this.#closed && this.#keepAlive && this.#reader.isIdle;
  }

  get requests(): number {
    return this.#requests;
  }

  keep(): void {
    this.#reader.listen();
    this.#deadline.start(KEEP_MS, 'idle-timeout');
    this.#deadline.unref();
    this.#socket?.unref();
  }

  retire(): void {
    this.#keepAlive = false;
  }

  async request(request: HttpRequest, options: { signal: AbortSignal }): Promise<ResponseHead> {
    const link = onAbort(options.signal, (reason) => this.#fail(reason));
    try {
      const socket = await this.#opened.promise;
      if (this.#closed) throw new TributaryError('connection-lost');
      this.#requests++;
      socket.ref();
      socket.write(requestText(request, this.#route), 'latin1');
      const head = await this.#reader.expectHead();
      this.#keepAlive &&= head.keepAlive;
      return head;
    } finally {
      link.dispose();
    }
  }

  async readInto(sink: ByteSink, options: { signal: AbortSignal }): Promise<BodyEnd> {
    const link = onAbort(options.signal, (reason) => this.#fail(reason));
    try {
      return await this.#reader.readInto(sink, options);
    } finally {
      link.dispose();
      this.#reader.tellIfBodyRead();
    }
  }

  whenBodyRead(listener: () => void): void {
    this.#reader.whenBodyRead(listener);
  }

  destroy(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deadline.stop();
    this.#opening.abort(error);
    this.#socket?.destroy();
    this.#opened.reject(error);
    this.#reader.stop(error);
    this.#onClosed();
  }

  #fail(error: unknown): void {
    this.destroy(error instanceof Error ? error : new Error(String(error)));
  }

  #attach(socket: net.Socket): void {
    // It may have broken in the moment in which it was made.
    if (this.#closed || socket.destroyed) {
      socket.destroy();
      this.destroy(new TributaryError('connection-lost'));
      return;
    }
    this.#socket = socket;
    socket.on('error', (error) => this.destroy(error));
    socket.on('end', () => this.#reader.connectionEnded('in good order'));
    socket.on('close', () => this.#reader.connectionEnded('broken'));
    // Without that, the end would never be told.
    socket.resume();
    this.#opened.resolve(socket);
  }
}
