import { TributaryError } from '../../contract/errors.ts';
import { type ByteSink, fillFrom } from '../../kit/byteSink.ts';
import { type Deferred, deferred } from '../../kit/deferred.ts';
import type { BodyFraming } from '../protocols/http/bodyFraming.ts';
import { framingOf } from '../protocols/http/framingOf.ts';
import { HeadReader } from '../protocols/http/headReader.ts';
import type { ResponseHead } from '../protocols/http/responseHead.ts';
import type { Deadline } from './deadline.ts';
import type { HttpTimeouts } from './httpLimits.ts';
import type { BodyEnd } from './httpResponse.ts';
import { ScratchBuffer } from './scratchBuffer.ts';

export interface AnswerReaderComponents {
  readonly deadline: Deadline;
  /** Lets more come from the socket, which `received` had stopped. */
  resume(): void;
  /** Nothing more can be read here. It calls `stop` in turn. */
  fail(error: unknown): void;
}

interface Read {
  readonly sink: ByteSink;
  readonly signal: AbortSignal;
  readonly end: Deferred<BodyEnd>;
}

/**
 * What an HTTP/1.1 connection receives: it lends the memory for every read of the socket, is told how much came, and
 * makes heads and bodies of it. Data lands straight in the memory that a sink lends, where the disk write takes it from.
 * What is not known to be data goes through scratch memory: heads, what marks the ends of chunks, and what came along with it.
 *
 * Node fetches the memory for the next read as soon as a read was delivered, also when that read paused the socket. A
 * sink's memory must not be promised that early, so whenever nothing flows scratch memory is next.
 */
export class AnswerReader {
  readonly #components: AnswerReaderComponents;
  readonly #timeouts: HttpTimeouts;
  readonly #scratch = new ScratchBuffer();
  /** Where the read that comes next will land. */
  #landing: 'scratch' | 'sink' = 'scratch';
  /** The head that is waited for. */
  #head: { readonly reader: HeadReader; readonly found: Deferred<ResponseHead> } | null = null;
  /** The body under way. */
  #body: BodyFraming | null = null;
  #read: Read | null = null;
  /** A `readInto` has not returned yet, though its read may be at its end. */
  #reading = false;
  #onBodyRead: (() => void) | null = null;
  #paused = false;
  /** How the other side has ended the connection; a reset is an error besides. */
  #ended: 'no' | 'in good order' | 'broken' = 'no';
  #stopped = false;

  constructor(components: AnswerReaderComponents, init: { timeouts: HttpTimeouts }) {
    this.#components = components;
    this.#timeouts = init.timeouts;
  }

  /** Nothing is under way, and nothing came that nobody asked for. */
  get isIdle(): boolean {
    return (
      this.#ended === 'no' && this.#head === null && this.#body === null && !this.#reading && this.#scratch.isEmpty
    );
  }

  /** @throws TributaryError of the network, or whatever the reader was stopped with */
  expectHead(): Promise<ResponseHead> {
    const found = deferred<ResponseHead>();
    this.#head = { reader: new HeadReader(), found };
    this.listen();
    this.#limitHead();
    return found.promise;
  }

  /** As `Connection.readInto`; whoever aborts stops the reader. */
  async readInto(sink: ByteSink, options: { signal: AbortSignal }): Promise<BodyEnd> {
    if (this.#body === null) return 'ended';
    if (this.#stopped) throw new TributaryError('connection-lost');
    const read: Read = { sink, signal: options.signal, end: deferred() };
    this.#read = read;
    this.#reading = true;
    try {
      this.#advance();
      return await read.end.promise;
    } finally {
      this.#read = null;
      this.#reading = false;
    }
  }

  /** As `Connection.whenBodyRead`. */
  whenBodyRead(listener: () => void): void {
    this.#onBodyRead = listener;
    this.tellIfBodyRead();
  }

  /** To be called when nothing of a `readInto` is left. */
  tellIfBodyRead(): void {
    if (this.#body !== null || this.#reading) return;
    const tell = this.#onBodyRead;
    this.#onBodyRead = null;
    tell?.();
  }

  /** Lets come what the server may send though nobody reads: its closing, above all. */
  listen(): void {
    if (this.#paused) this.#resume();
  }

  /** No sink is touched any more; whoever waits fails with that error. */
  stop(error: Error): void {
    this.#stopped = true;
    this.#head?.found.reject(error);
    this.#read?.end.reject(error);
  }

  /** Memory for the next read of the socket. */
  nextBuffer(): Uint8Array {
    const read = this.#read;
    const dataBytes = this.#body?.dataBytes ?? 0;
    const flows =
      read !== null &&
      !this.#stopped &&
      !this.#paused &&
      dataBytes > 0 &&
      read.sink.remaining > 0 &&
      this.#scratch.isEmpty;
    this.#landing = flows ? 'sink' : 'scratch';
    if (!flows) return this.#scratch.free();
    const memory = read.sink.lend();
    return memory.length > dataBytes ? memory.subarray(0, dataBytes) : memory;
  }

  /** So many bytes came. False: stop reading the socket until `resume`. */
  received(count: number): boolean {
    if (this.#stopped) return false;
    const read = this.#read;
    const body = this.#body;
    if (this.#head === null) this.#components.deadline.refresh();
    if (this.#landing === 'sink' && read !== null && body !== null) {
      body.takeData(count);
      if (this.#mayGoOn(read, body, read.sink.filled(count))) this.#advance();
    } else {
      this.#scratch.filled(count);
      if (this.#head !== null) this.#receivedHead();
      // A paused TLS socket still hands over what it has decrypted already: that waits.
      else if (body !== null && !this.#paused) this.#advance();
      else if (!this.#paused)
        this.#fail(new TributaryError('bad-response', { reason: 'it sends without being asked' }));
    }
    return !this.#paused;
  }

  /** The other side will send no more. */
  connectionEnded(how: 'in good order' | 'broken'): void {
    if (this.#stopped || this.#ended !== 'no') return;
    this.#ended = how;
    // What has come before is passed on first.
    const somethingWaits = this.#body !== null && this.#paused && !this.#scratch.isEmpty;
    if (!somethingWaits) this.#conclude();
  }

  #fail(error: unknown): void {
    this.#components.fail(error);
  }

  /** A deadline that bytes do not move: a head that comes byte by byte would take days. */
  #limitHead(): void {
    this.#components.deadline.start(this.#timeouts.firstByteMs, 'first-byte-timeout');
  }

  #receivedHead(): void {
    try {
      for (let head = this.#head; head !== null; head = this.#head) {
        const result = head.reader.read(this.#scratch.waiting());
        if (result === null) return;
        this.#scratch.take(result.length);
        // A server that sends an interim answer is at work.
        if (result.head.status < 200) this.#limitHead();
        else this.#beginBody(result.head, head.found);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #beginBody(head: ResponseHead, found: Deferred<ResponseHead>): void {
    const body = framingOf(head);
    this.#head = null;
    this.#body = body.isComplete ? null : body;
    // Until somebody reads, nothing more is needed.
    this.#paused = true;
    this.#components.deadline.start(this.#timeouts.idleMs, 'idle-timeout');
    found.resolve(head);
  }

  /** Goes through what was received, as far as it is framing or somebody takes it; then lets more come. */
  #advance(): void {
    try {
      for (let body = this.#body; body !== null && !this.#stopped; body = this.#body) {
        const read = this.#read;
        if (body.isComplete) this.#endBody();
        else if (read?.sink.remaining === 0) this.#endRead(read);
        else if (body.dataBytes === 0 ? !this.#skipFraming(body) : !this.#passOn(body, read)) return;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @returns false: nothing can be done now */
  #skipFraming(body: BodyFraming): boolean {
    const taken = body.takeFraming(this.#scratch.waiting());
    this.#scratch.take(taken);
    if (taken === 0) this.#waitForMore();
    return taken > 0;
  }

  /** Copies data that came before the sink was there, or along with something else. @returns false: nothing can be done now */
  #passOn(body: BodyFraming, read: Read | null): boolean {
    if (read === null) {
      // A body that nobody reads now stays in the kernel.
      this.#paused = true;
      return false;
    }
    if (this.#scratch.isEmpty) {
      this.#waitForMore();
      return false;
    }
    const waiting = this.#scratch.waiting();
    const data = waiting.subarray(0, Math.min(waiting.length, body.dataBytes));
    const { rest, goOn } = fillFrom(read.sink, data);
    this.#scratch.take(data.length - rest.length);
    body.takeData(data.length - rest.length);
    return this.#mayGoOn(read, body, goOn);
  }

  /** @returns false: the sink takes no more now; it is gone on with when it does */
  #mayGoOn(read: Read, body: BodyFraming, sinkIsReady: boolean): boolean {
    if (sinkIsReady || read.sink.remaining === 0 || body.isComplete) return true;
    this.#paused = true;
    // Time that passes while the disk is slow is not the server's.
    this.#components.deadline.stop();
    read.sink.ready({ signal: read.signal }).then(
      () => this.#advance(),
      (error: unknown) => this.#fail(error),
    );
    return false;
  }

  #waitForMore(): void {
    if (this.#ended !== 'no') this.#conclude();
    else if (this.#paused) this.#resume();
  }

  #resume(): void {
    this.#paused = false;
    this.#components.deadline.start(this.#timeouts.idleMs, 'idle-timeout');
    this.#components.resume();
  }

  #endRead(read: Read): void {
    this.#read = null;
    read.end.resolve(read.sink.remaining === 0 ? 'filled' : 'ended');
  }

  #endBody(): void {
    this.#body = null;
    if (this.#read !== null) this.#endRead(this.#read);
    // More than the server said it would send is not a body; such a connection is not used again (see `isIdle`).
    this.listen();
    this.tellIfBodyRead();
  }

  /** Everything that came was passed on, and there is no more. */
  #conclude(): void {
    const inOrder = this.#ended === 'in good order';
    if (inOrder) this.#body?.connectionEnded();
    if (this.#body?.isComplete) this.#endBody();
    else this.#fail(new TributaryError(inOrder && this.#body !== null ? 'incomplete-body' : 'connection-lost'));
  }
}
