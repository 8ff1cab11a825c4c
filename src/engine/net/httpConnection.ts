import type net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import { type ByteSink, fillFrom } from '../../kit/byteSink.ts';
import { type Deferred, deferred } from '../../kit/deferred.ts';
import { parseResponseHead, type ResponseHead } from '../protocols/http/responseHead.ts';
import type { AddressBook } from './addressBook.ts';
import { copyReads } from './copyReads.ts';
import { type HttpTimeouts, KEEP_MS, MAX_HEAD_BYTES } from './httpLimits.ts';
import type { BodyEnd } from './httpResponse.ts';
import { openRoute } from './openRoute.ts';
import { type Route, tunnels } from './route.ts';
import { ScratchBuffer } from './scratchBuffer.ts';

/** Early hints come once or twice; without a bound each would start the wait for the answer anew. */
const MAX_INTERIM_ANSWERS = 10;

export interface ConnectionInit {
  readonly route: Route;
  readonly addresses: AddressBook;
  readonly timeouts: HttpTimeouts;
}

interface Read {
  readonly sink: ByteSink;
  readonly signal: AbortSignal;
  readonly end: Deferred<BodyEnd>;
}

/**
 * One HTTP/1.1 connection whose bodies land straight in the memory that a sink lends: Node asks for a buffer before every
 * read (`onread`), so the kernel copies into the very bytes that the disk write takes.
 *
 * Node fetches the buffer for the next read as soon as a read was delivered, also when that read paused the socket. A
 * sink's memory must not be promised that early, so whenever nothing flows the connection's own scratch memory is next.
 */
export class HttpConnection {
  readonly #opened = deferred<net.Socket>();
  readonly #opening = new AbortController();
  readonly #onClosed: () => void;
  readonly #timeouts: HttpTimeouts;
  readonly #scratch = new ScratchBuffer();
  /** Where the read that comes next will land. */
  #landing: 'scratch' | 'sink' = 'scratch';
  #head: Deferred<ResponseHead> | null = null;
  /** Of the body that is under way, not received yet. */
  #bodyLeft = 0;
  #read: Read | null = null;
  #paused = false;
  #keepAlive = true;
  #closed = false;
  #requests = 0;
  #interimAnswers = 0;
  #headSearched = 0;
  /** Null until the connection stands. */
  #socket: net.Socket | null = null;
  #headTimer: NodeJS.Timeout | undefined;

  constructor(init: ConnectionInit, onClosed: () => void) {
    const { route, addresses, timeouts } = init;
    this.#onClosed = onClosed;
    this.#timeouts = timeouts;
    const onread = { buffer: () => this.#nextBuffer(), callback: (count: number) => this.#received(count) };
    const options = { signal: this.#opening.signal, connectMs: timeouts.connectMs, addresses, onread };
    openRoute(route, options).then(
      (socket) => {
        if (tunnels(route)) copyReads(socket, onread);
        this.#attach(socket);
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
    this.#opened.promise.catch(() => {});
  }

  /** True when it can take another request: open, nothing under way, and the server keeps it. */
  get isIdle(): boolean {
    return (
      !this.#closed &&
      this.#keepAlive &&
      this.#head === null &&
      this.#read === null &&
      this.#bodyLeft === 0 &&
      this.#scratch.isEmpty
    );
  }

  /** The body that was begun is received to its end. */
  get isBodyRead(): boolean {
    return this.#bodyLeft === 0;
  }

  /** Requests it has carried: a server may close a used connection in the very moment it is used again. */
  get requests(): number {
    return this.#requests;
  }

  /** Leaves it open for a while, in case there is another request soon. */
  keep(): void {
    // Reading goes on, so that the server's closing is noticed.
    this.#resume();
    this.#socket?.setTimeout(KEEP_MS);
    this.#socket?.unref();
  }

  /** Lets the request under way end, but takes no other one. */
  retire(): void {
    this.#keepAlive = false;
  }

  /**
   * Sends a request and waits for the head of the answer.
   * @throws TributaryError of the network, or Node's socket error when an open connection fails
   */
  async request(text: string, options: { signal: AbortSignal }): Promise<ResponseHead> {
    const link = onAbort(options.signal, (reason) =>
      this.destroy(reason instanceof Error ? reason : new Error(String(reason))),
    );
    try {
      const socket = await this.#opened.promise;
      if (this.#closed) throw new TributaryError('connection-lost');
      socket.ref();
      const head = deferred<ResponseHead>();
      this.#head = head;
      this.#requests++;
      this.#interimAnswers = 0;
      socket.setTimeout(0);
      this.#limitHead();
      this.#resume();
      socket.write(text, 'latin1');
      return await head.promise;
    } finally {
      link.dispose();
    }
  }

  /** A body of that length follows the head; its first bytes may be here already. */
  beginBody(length: number): void {
    this.#bodyLeft = length;
    this.#socket?.setTimeout(this.#timeouts.idleMs);
  }

  /** Fills the sink with the next bytes of the body. @throws Node's socket error, disk errors, TributaryError of the network */
  async readInto(sink: ByteSink, options: { signal: AbortSignal }): Promise<BodyEnd> {
    const read: Read = { sink, signal: options.signal, end: deferred() };
    this.#read = read;
    const link = onAbort(options.signal, (reason) =>
      this.destroy(reason instanceof Error ? reason : new Error(String(reason))),
    );
    try {
      if (this.#closed) throw new TributaryError('connection-lost');
      this.#takeScratch(read);
      return await read.end.promise;
    } finally {
      link.dispose();
      this.#read = null;
    }
  }

  /** Closes it; whatever waits for it fails with that error. */
  destroy(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#headTimer);
    this.#opening.abort(error);
    this.#socket?.destroy();
    this.#opened.reject(error);
    this.#head?.reject(error);
    this.#read?.end.reject(error);
    this.#onClosed();
  }

  #attach(socket: net.Socket): void {
    // It may have broken in the moment in which it was made.
    if (this.#closed || socket.destroyed) {
      socket.destroy();
      this.destroy(new TributaryError('connection-lost'));
      return;
    }
    this.#socket = socket;
    socket.on('timeout', () => this.#onTimeout());
    socket.on('error', (error) => this.destroy(error));
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#onEnd());
    this.#opened.resolve(socket);
  }

  /** A deadline, not a wait for silence: a head that comes byte by byte would take days. */
  #limitHead(): void {
    clearTimeout(this.#headTimer);
    this.#headTimer = setTimeout(
      () => this.destroy(new TributaryError('first-byte-timeout')),
      this.#timeouts.firstByteMs,
    );
  }

  #nextBuffer(): Uint8Array {
    const read = this.#read;
    const flows =
      read !== null &&
      !this.#paused &&
      this.#head === null &&
      this.#bodyLeft > 0 &&
      read.sink.remaining > 0 &&
      this.#scratch.isEmpty;
    this.#landing = flows ? 'sink' : 'scratch';
    if (!flows) return this.#scratch.free();
    const memory = read.sink.lend();
    return memory.length > this.#bodyLeft ? memory.subarray(0, this.#bodyLeft) : memory;
  }

  /** @returns false: stop reading */
  #received(count: number): boolean {
    const read = this.#read;
    if (this.#landing === 'sink' && read !== null) {
      this.#bodyLeft -= count;
      const goOn = read.sink.filled(count);
      if (!this.#endReadIfDone(read) && !goOn) this.#waitForSink(read);
    } else {
      this.#scratch.filled(count);
      if (this.#head !== null) this.#receivedHead(this.#head);
      // A paused TLS socket still hands over what it has decrypted already: that waits, too.
      else if (read !== null && !this.#paused) this.#takeScratch(read);
      else if (this.#bodyLeft === 0 && !this.#paused)
        this.destroy(new TributaryError('bad-response', { reason: 'it sends without being asked' }));
    }
    // A body that nobody reads now stays in the kernel.
    this.#paused ||= this.#bodyLeft > 0 && this.#read === null;
    return !this.#paused;
  }

  #receivedHead(head: Deferred<ResponseHead>): void {
    const waiting = this.#scratch.waiting();
    // From where the last search ended, or a head that comes byte by byte would be read thousands of times.
    const complete = waiting.includes('\r\n\r\n', Math.max(0, this.#headSearched - 3));
    this.#headSearched = waiting.length;
    if (!complete && waiting.length < MAX_HEAD_BYTES) return;
    const result = parseResponseHead(waiting);
    if (result.kind !== 'head') {
      const reason = result.kind === 'malformed' ? result.reason : 'its head is too long';
      this.destroy(new TributaryError('bad-response', { reason }));
      return;
    }
    this.#scratch.take(result.length);
    this.#headSearched = 0;
    if (result.head.status < 200) {
      if (++this.#interimAnswers > MAX_INTERIM_ANSWERS) {
        this.destroy(new TributaryError('bad-response', { reason: 'it never comes to the point' }));
        return;
      }
      // Interim answers (RFC 9110 §15.2) come before the real one; a server that sends one is at work.
      this.#limitHead();
      this.#receivedHead(head);
      return;
    }
    this.#head = null;
    clearTimeout(this.#headTimer);
    this.#keepAlive &&= result.head.keepAlive;
    // Until it is known whether there is a body and who reads it, nothing more is needed.
    this.#paused = true;
    head.resolve(result.head);
  }

  /** What came before the sink was there is copied into it; then the socket flows straight into it. */
  #takeScratch(read: Read): void {
    const waiting = this.#scratch.waiting();
    const { rest, goOn } = fillFrom(read.sink, waiting.subarray(0, Math.min(waiting.length, this.#bodyLeft)));
    const taken = Math.min(waiting.length, this.#bodyLeft) - rest.length;
    this.#scratch.take(taken);
    this.#bodyLeft -= taken;
    if (this.#endReadIfDone(read)) return;
    if (goOn) this.#resume();
    else this.#waitForSink(read);
  }

  #endReadIfDone(read: Read): boolean {
    if (read.sink.remaining > 0 && this.#bodyLeft > 0) return false;
    this.#paused = this.#bodyLeft > 0;
    // More than the server said it would send is not a body; such a connection is not used again (see `isIdle`).
    if (this.#bodyLeft === 0) this.#resume();
    this.#read = null;
    read.end.resolve(read.sink.remaining === 0 ? 'filled' : 'ended');
    return true;
  }

  #waitForSink(read: Read): void {
    this.#paused = true;
    read.sink.ready({ signal: read.signal }).then(
      () => {
        if (!this.#closed) this.#takeScratch(read);
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  #resume(): void {
    this.#paused = false;
    // Time that passed while the disk was slow is not the server's.
    if (this.#bodyLeft > 0) this.#socket?.setTimeout(this.#timeouts.idleMs);
    this.#socket?.resume();
  }

  #onTimeout(): void {
    if (!this.#paused || this.#read === null) this.destroy(new TributaryError('idle-timeout'));
  }

  #onEnd(): void {
    // All of the body is here, only the sink is slow.
    if (this.#bodyLeft > 0 && this.#scratch.waiting().length >= this.#bodyLeft) {
      this.#keepAlive = false;
      return;
    }
    this.destroy(new TributaryError(this.#bodyLeft > 0 ? 'incomplete-body' : 'connection-lost'));
  }
}
