import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import { type ByteSink, fillFrom } from '../../kit/byteSink.ts';
import { type Deferred, deferred } from '../../kit/deferred.ts';
import { parseContentLength } from '../protocols/http/contentLength.ts';
import type { AnswerHead, Connection, ConnectionInit, HttpRequest } from './connection.ts';
import { Deadline } from './deadline.ts';
import { type HttpTimeouts, KEEP_MS } from './httpLimits.ts';
import type { BodyEnd } from './httpResponse.ts';
import { openRoute } from './openRoute.ts';
import { type Route, requestTarget } from './route.ts';

/**
 * How much of an answer may be under way: this much per round trip is the most that a lane receives. It may wait in memory
 * while the disk is slow.
 */
const WINDOW_BYTES = 2 * 1024 * 1024;

/** What belongs to a connection of HTTP/1.1 must not be sent (RFC 9113 §8.2.2). */
const OF_HTTP_1 = new Set([
  'connection',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

const NOTHING = new Uint8Array(0);

interface Answer {
  readonly stream: ClientHttp2Stream;
  readonly head: Deferred<AnswerHead>;
  /** Null: not told. */
  lengthBytes: number | null;
  receivedBytes: number;
  /** Taken from the stream, but not by a sink yet. */
  rest: Uint8Array;
  /** Nothing more comes from the stream. */
  ended: boolean;
}

interface Read {
  readonly sink: ByteSink;
  readonly signal: AbortSignal;
  readonly end: Deferred<BodyEnd>;
  /** The sink takes nothing now. */
  isHeldUp: boolean;
}

/**
 * One HTTP/2 connection. It carries one request at a time, like those of HTTP/1.1: several lanes mean several connections,
 * since the streams of one would share its congestion window. What is not taken from a stream is not acknowledged to the
 * server, so a slow disk holds it up when its window is full.
 */
export class Http2Connection implements Connection {
  readonly #route: Route;
  readonly #timeouts: HttpTimeouts;
  readonly #onClosed: () => void;
  readonly #opened = deferred<ClientHttp2Session>();
  readonly #opening = new AbortController();
  readonly #deadline = new Deadline((error) => this.destroy(error));
  #session: ClientHttp2Session | null = null;
  /** The answer under way. */
  #answer: Answer | null = null;
  #read: Read | null = null;
  /** A `readInto` has not returned yet, though its read may be at its end. */
  #reading = false;
  #onBodyRead: (() => void) | null = null;
  #keepAlive = true;
  #closed = false;
  #requests = 0;

  constructor(init: ConnectionInit, onClosed: () => void) {
    this.#route = init.route;
    this.#timeouts = init.timeouts;
    this.#onClosed = onClosed;
    void this.#open(init).catch((error: unknown) => this.#fail(error));
    this.#opened.promise.catch(() => {});
  }

  get isIdle(): boolean {
    return !this.#closed && this.#keepAlive && this.#answer === null && !this.#reading;
  }

  get requests(): number {
    return this.#requests;
  }

  keep(): void {
    this.#deadline.start(KEEP_MS, 'idle-timeout');
    this.#deadline.unref();
    this.#session?.unref();
  }

  retire(): void {
    this.#keepAlive = false;
  }

  async request(request: HttpRequest, options: { signal: AbortSignal }): Promise<AnswerHead> {
    const link = onAbort(options.signal, (reason) => this.#fail(reason));
    try {
      const session = await this.#opened.promise;
      if (this.#closed) throw new TributaryError('connection-lost');
      session.ref();
      this.#requests++;
      this.#deadline.start(this.#timeouts.firstByteMs, 'first-byte-timeout');
      return await this.#ask(session, request).head.promise;
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      link.dispose();
    }
  }

  async readInto(sink: ByteSink, options: { signal: AbortSignal }): Promise<BodyEnd> {
    if (this.#answer === null) return 'ended';
    const read: Read = { sink, signal: options.signal, end: deferred(), isHeldUp: false };
    this.#read = read;
    this.#reading = true;
    const link = onAbort(options.signal, (reason) => this.#fail(reason));
    try {
      if (this.#closed) throw new TributaryError('connection-lost');
      this.#advance();
      return await read.end.promise;
    } finally {
      link.dispose();
      this.#read = null;
      this.#reading = false;
      this.#tellIfBodyRead();
    }
  }

  whenBodyRead(listener: () => void): void {
    this.#onBodyRead = listener;
    this.#tellIfBodyRead();
  }

  destroy(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deadline.stop();
    this.#opening.abort(error);
    this.#session?.destroy();
    this.#opened.reject(error);
    this.#answer?.head.reject(error);
    this.#read?.end.reject(error);
    this.#onClosed();
  }

  #fail(error: unknown): void {
    this.destroy(error instanceof Error ? error : new Error(String(error)));
  }

  async #open({ route, addresses, timeouts }: ConnectionInit): Promise<void> {
    const socket = await openRoute(route, {
      signal: this.#opening.signal,
      connectMs: timeouts.connectMs,
      addresses,
      protocols: ['h2'],
    });
    if (!('alpnProtocol' in socket) || socket.alpnProtocol !== 'h2') {
      socket.destroy();
      throw new TributaryError('tls-failed', { host: route.host, reason: 'it does not speak HTTP/2 any more' });
    }
    const session = connect(`https://${route.host}`, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    });
    session.on('error', (error) => this.#lost(error));
    session.on('close', () => this.#lost(new TributaryError('connection-lost')));
    session.on('goaway', () => this.retire());
    session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
    this.#session = session;
    if (this.#closed) session.destroy();
    else this.#opened.resolve(session);
  }

  #ask(session: ClientHttp2Session, { url, headers }: HttpRequest): Answer {
    const sent = Object.entries(headers).filter(([name]) => !OF_HTTP_1.has(name));
    const stream = session.request(
      {
        ':method': 'GET',
        ':scheme': 'https',
        ':authority': headers.host ?? url.host,
        ':path': requestTarget(url, this.#route),
        ...Object.fromEntries(sent),
      },
      { endStream: true },
    );
    const answer: Answer = {
      stream,
      head: deferred(),
      lengthBytes: null,
      receivedBytes: 0,
      rest: NOTHING,
      ended: false,
    };
    this.#answer = answer;
    stream.on('response', (received) => this.#receivedHead(answer, received));
    stream.on('readable', () => this.#advance());
    stream.on('end', () => {
      answer.ended = true;
      this.#advance();
    });
    // A stream that was reset, perhaps with no error at all, has no end.
    stream.on('error', (error) => this.#lost(error));
    stream.on('close', () => {
      if (this.#answer === answer && !answer.ended) this.#lost(new TributaryError('connection-lost'));
    });
    return answer;
  }

  #receivedHead(answer: Answer, received: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
    const headers = Object.entries(received).filter(([name]) => !name.startsWith(':'));
    const length = parseContentLength(received['content-length']);
    if (length === 'invalid') {
      this.destroy(new TributaryError('bad-response', { reason: 'its length could be read in two ways' }));
      return;
    }
    answer.lengthBytes = length;
    this.#deadline.start(this.#timeouts.idleMs, 'idle-timeout');
    answer.head.resolve({ status: received[':status'] ?? 0, headers: Object.fromEntries(headers) });
  }

  #lost(error: Error): void {
    // What has come to its end already is passed on all the same.
    if (this.#answer?.ended === true) this.retire();
    else this.destroy(error);
  }

  /** Passes on what has come, as far as somebody takes it. */
  #advance(): void {
    for (let answer = this.#answer; answer !== null && !this.#closed; answer = this.#answer) {
      const read = this.#read;
      if (answer.ended && answer.rest.length === 0) this.#endBody(answer);
      else if (read?.sink.remaining === 0) this.#endRead(read);
      else if (read?.isHeldUp === true) return;
      else if (answer.rest.length === 0) {
        // Where nothing waits, reading only shows the end. What waits is not acknowledged until somebody wants it.
        if (read === null && answer.stream.readableLength > 0) return;
        if (!this.#takeFromStream(answer)) return;
      } else if (read === null) return;
      else this.#fill(read, answer);
    }
  }

  /** @returns false: nothing has come */
  #takeFromStream(answer: Answer): boolean {
    const chunk: Uint8Array | null = answer.stream.read();
    if (chunk === null) return false;
    answer.rest = chunk;
    answer.receivedBytes += chunk.length;
    this.#deadline.refresh();
    return true;
  }

  #fill(read: Read, answer: Answer): void {
    const { rest, goOn } = fillFrom(read.sink, answer.rest);
    answer.rest = rest;
    if (goOn || read.sink.remaining === 0) return;
    read.isHeldUp = true;
    // Time that passes while the disk is slow is not the server's.
    this.#deadline.stop();
    read.sink.ready({ signal: read.signal }).then(
      () => {
        read.isHeldUp = false;
        if (this.#read !== read || this.#closed) return;
        this.#deadline.start(this.#timeouts.idleMs, 'idle-timeout');
        this.#advance();
      },
      (error: unknown) => {
        if (this.#read === read) this.#fail(error);
      },
    );
  }

  #endRead(read: Read): void {
    this.#read = null;
    read.end.resolve(read.sink.remaining === 0 ? 'filled' : 'ended');
  }

  #endBody({ stream, lengthBytes, receivedBytes }: Answer): void {
    // Node tells an end also where a stream was only reset.
    if (stream.rstCode !== 0 || (lengthBytes ?? receivedBytes) !== receivedBytes) {
      this.destroy(new TributaryError('incomplete-body'));
      return;
    }
    this.#answer = null;
    if (this.#read !== null) this.#endRead(this.#read);
    this.#tellIfBodyRead();
  }

  #tellIfBodyRead(): void {
    if (this.#answer !== null || this.#reading) return;
    const tell = this.#onBodyRead;
    this.#onBodyRead = null;
    tell?.();
  }
}
