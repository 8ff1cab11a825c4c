import { TributaryError } from '../../contract/errors.ts';
import { abortable, ChildAbort, onAbort, sleep } from '../../kit/abort.ts';
import { deferred } from '../../kit/deferred.ts';
import type { Disposable } from '../../kit/disposables.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { isLoopback } from '../intake/loopback.ts';
import { HubClientMachine, type HubEvent } from '../protocols/hub/hubClientMachine.ts';
import { MAX_HUB_LINE_BYTES } from '../protocols/hub/hubLines.ts';
import { type ClientMessage, type HubFileRecord, lineOf } from '../protocols/hub/hubMessages.ts';
import { connectTcp } from './connectTcp.ts';
import { HubQuestions, type Question, sameFid } from './hubQuestions.ts';
import { refusal } from './hubRefusal.ts';
import type { HubTimings } from './hubTimings.ts';
import { LineConnection } from './lineConnection.ts';
import { plainAddress } from './plainAddress.ts';
import { UnwantedPorts } from './unwantedPorts.ts';

/** Where a hub is and how to be let in. */
export interface HubPlace {
  readonly host: string;
  readonly port: number;
  /** Null: none is known. */
  readonly key: string | null;
}

/** A port that waits for this client's one connection. */
export interface DataPort {
  readonly address: string;
  readonly port: number;
}

/** How long the hub may take its time. */
export interface Patience {
  /** Between a question for a sign of life and its answer. */
  readonly silentMs: number;
  /** All in all, however lively it is. */
  readonly wholeMs: number;
  /** What is thrown then. */
  readonly error: () => TributaryError;
}

/** One control connection to a hub, past its WELCOME. */
export class HubSession implements Disposable {
  readonly #connection: LineConnection;
  readonly #machine: HubClientMachine;
  readonly #address: string;
  readonly #questions: HubQuestions;
  readonly #event = new Emitter<HubEvent>();
  /** Resolves when the hub has told of all its files; null: it was not asked yet. */
  #whole: Promise<void> | null = null;
  /** A hub that does not know FILE_LIST is not asked again. */
  #lists = true;
  readonly #unwanted = new UnwantedPorts();
  /** Aborted with the connection. */
  readonly #life = new AbortController();
  #lastLifeMs = performance.now();
  #end: TributaryError | null = null;

  /** Host and port, for messages. */
  readonly label: string;
  readonly timings: HubTimings;

  /** `available` and `removed` among others. */
  readonly onDidHear: Event<HubEvent> = this.#event.event;
  /** Once, however it ended. */
  readonly onDidClose: Event<void>;

  private constructor(
    connection: LineConnection,
    machine: HubClientMachine,
    init: { label: string; address: string; timings: HubTimings },
  ) {
    this.#connection = connection;
    this.#machine = machine;
    this.label = init.label;
    this.#address = init.address;
    this.timings = init.timings;
    this.#questions = new HubQuestions(init.label, (line) => connection.send(line));
    this.onDidClose = connection.onDidClose;
    connection.onDidReceive((line) => this.#heard(machine.received(line)));
    connection.onDidOverflow(() => this.dispose());
    connection.onDidClose(() => {
      const error = this.#lost();
      this.#life.abort(error);
      this.#questions.fail(error);
    });
  }

  /**
   * @param init.name what the other members see
   * @throws TributaryError of the network, `hub-key-needed`, `not-a-hub`, `hub-refused`; the signal's reason
   */
  static async open(
    place: HubPlace,
    init: { readonly name: string; readonly timings: HubTimings },
    options: { signal: AbortSignal },
  ): Promise<HubSession> {
    const label = labelOf(place);
    const { name, timings } = init;
    const to = { address: place.host.replace(/^\[|\]$/g, ''), port: place.port, label };
    const socket = await connectTcp(to, { ...options, connectMs: timings.connectMs });
    const address = socket.remoteAddress ?? place.host;
    const connection = new LineConnection(socket, { maxLineBytes: MAX_HUB_LINE_BYTES });
    const machine = new HubClientMachine();
    const welcome = deferred<void>();
    const link = onAbort(options.signal, (reason) => welcome.reject(reason));
    const timer = setTimeout(
      () => welcome.reject(new TributaryError('first-byte-timeout', { host: label })),
      timings.answerMs,
    );
    // What follows the WELCOME in the same read must not be lost.
    const early: HubEvent[] = [];
    const subscriptions = [
      connection.onDidReceive((line) => {
        for (const event of machine.received(line)) {
          if (event.kind === 'welcomed') welcome.resolve();
          else if (machine.uid !== null) early.push(event);
          else
            welcome.reject(
              event.kind === 'refused' ? refusal(event, label) : new TributaryError('not-a-hub', { host: label }),
            );
        }
      }),
      connection.onDidOverflow(() => welcome.reject(new TributaryError('not-a-hub', { host: label }))),
      connection.onDidClose(() => welcome.reject(new TributaryError('connection-lost', { host: label }))),
    ];
    connection.send(lineOf({ type: 'HELLO', name, ...(place.key === null ? {} : { key: place.key }) }));
    try {
      await welcome.promise;
    } catch (error) {
      connection.dispose();
      throw error;
    } finally {
      clearTimeout(timer);
      link.dispose();
      for (const subscription of subscriptions) subscription.dispose();
    }
    const session = new HubSession(connection, machine, { label, address, timings });
    session.#heard(early);
    return session;
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  /** The hub runs on this machine, and what is sent to it never leaves the kernel. */
  get isLocal(): boolean {
    return isLoopback(plainAddress(this.#address));
  }

  get uid(): string {
    return this.#machine.uid ?? '';
  }

  get files(): readonly HubFileRecord[] {
    return this.#machine.files;
  }

  fileOf(fid: string): HubFileRecord | null {
    return this.#machine.fileOf(fid);
  }

  /**
   * Null: it is not there. A WELCOME has no room for all files of a hub, so that is believed only after a FILE_LIST.
   * @throws as `whole`
   */
  async find(fid: string, options: { signal: AbortSignal }): Promise<HubFileRecord | null> {
    if (this.fileOf(fid) === null) await this.whole(options);
    return this.fileOf(fid);
  }

  /**
   * Resolves when the hub has told of all its files; asked once, since later ones are announced. Our own hub sends a long
   * WELCOME and a long list in several lines: those of the WELCOME have all come before the first one of the list.
   * @throws TributaryError `connection-lost`, `first-byte-timeout`; the signal's reason
   */
  async whole(options: { signal: AbortSignal }): Promise<void> {
    this.#whole ??= this.#list(this.timings.answerMs).catch((error: unknown) => {
      this.#whole = null;
      throw error;
    });
    await abortable(this.#whole, options);
  }

  /** @throws TributaryError `hub-refused`, `connection-lost`, `first-byte-timeout`; the signal's reason */
  async requestDownload(
    request: { readonly fid: string; readonly offset: number; readonly length: number },
    options: { signal: AbortSignal },
  ): Promise<DataPort> {
    const { fid, offset, length } = request;
    const question: Question<number> = {
      line: lineOf({ type: 'FILE_REQUEST', fid, offset, length }),
      fid,
      sharesErrors: true,
      answer: (event) =>
        event.kind === 'downloadPort' && sameFid(event.fid, fid) && event.offset === offset && event.length === length
          ? event.port
          : null,
    };
    try {
      const port = await this.#ask(question, { ...options, deadlineMs: this.timings.answerMs });
      return { address: this.#address, port };
    } catch (error) {
      // Also behind a refusal, which may have been meant for another question about the file.
      this.#unwanted.add(request);
      throw error;
    }
  }

  /** Waits as long as the hub lets it wait; see `whileAlive`. @throws as `requestDownload` */
  async offer(
    offer: Omit<Extract<ClientMessage, { type: 'FILE_OFFER' }>, 'type'>,
    options: { signal: AbortSignal },
  ): Promise<DataPort & { readonly offset: number }> {
    const { fid } = offer;
    const found = await this.#ask(
      {
        line: lineOf({ type: 'FILE_OFFER', ...offer }),
        fid,
        answer: (event) => (event.kind === 'uploadPort' && sameFid(event.fid, fid) ? event : null),
      },
      options,
    );
    return { address: this.#address, port: found.port, offset: found.offset };
  }

  /** Resolves when everybody can fetch the file; see `whileAlive`. @throws TributaryError what became of it; the signal's reason */
  async whenAvailable(fid: string, options: { signal: AbortSignal }): Promise<HubFileRecord> {
    const there = this.fileOf(fid);
    if (there !== null) return there;
    return this.#ask(
      {
        line: null,
        fid,
        answer: (event) => (event.kind === 'available' && sameFid(event.file.fid, fid) ? event.file : null),
      },
      options,
    );
  }

  /**
   * What `offer` or `whenAvailable` wait for. A hub may need its time for that, but one that does not even answer a FILE_LIST
   * meanwhile has gone, and its connection is closed.
   * @throws TributaryError `first-byte-timeout`, that of the patience, what the answer throws; the signal's reason
   */
  async whileAlive<T>(answer: Promise<T>, patience: Patience, options: { signal: AbortSignal }): Promise<T> {
    const stop = new ChildAbort(options.signal);
    try {
      return await Promise.race([answer, this.#watch(patience, { signal: stop.signal })]);
    } finally {
      stop.abort(new Error('the answer has come'));
      stop.dispose();
    }
  }

  /** Bytes that flow over a connection of their own are a sign of life, too: a simple hub does one thing at a time. */
  noteLife(): void {
    this.#lastLifeMs = performance.now();
  }

  /** @throws as `requestDownload` */
  async remove(fid: string, options: { signal: AbortSignal }): Promise<void> {
    await this.#ask(
      {
        line: lineOf({ type: 'FILE_REMOVE', fid }),
        fid,
        answer: (event) => (event.kind === 'removed' && sameFid(event.fid, fid) ? true : null),
      },
      { ...options, deadlineMs: this.timings.answerMs },
    );
  }

  dispose(): void {
    this.#connection.dispose();
  }

  /**
   * A hub from which nothing at all has come since a question that needs but a moment is out of reach: the way to it may be
   * another one now (a new address of this machine, a router that has forgotten), and the system would send into the old
   * connection for a quarter of an hour. So it is closed, and whoever asks again gets a new one.
   */
  async #ask<T>(question: Question<T>, options: { signal?: AbortSignal; deadlineMs?: number }): Promise<T> {
    if (!this.isOpen) throw this.#lost();
    const askedMs = performance.now();
    try {
      return await this.#questions.ask(question, options);
    } catch (error) {
      if (isSilence(error) && this.#lastLifeMs < askedMs) {
        this.#end ??= error;
        this.dispose();
      }
      throw error;
    }
  }

  /** A hub that refuses to list its files has told of all that it will tell. */
  async #list(deadlineMs: number): Promise<void> {
    if (!this.#lists) return;
    const answer = (event: HubEvent): true | null => (event.kind === 'listed' ? true : null);
    try {
      await this.#ask({ line: lineOf({ type: 'FILE_LIST' }), fid: null, answer }, { deadlineMs });
    } catch (error) {
      if (!(error instanceof TributaryError && error.code.startsWith('hub-'))) throw error;
      this.#lists = false;
    }
  }

  async #watch({ silentMs, wholeMs, error }: Patience, options: { signal: AbortSignal }): Promise<never> {
    const { pulseMs } = this.timings;
    const endMs = performance.now() + wholeMs;
    for (;;) {
      await sleep(Math.min(pulseMs, Math.max(0, endMs - performance.now())), options);
      if (performance.now() >= endMs) throw error();
      if (performance.now() - this.#lastLifeMs < pulseMs) continue;
      await this.#list(silentMs).catch((caught: TributaryError) => {
        // What was waited for has come meanwhile. A simple hub does one thing at a time, and that is what it does now.
        options.signal.throwIfAborted();
        this.#end ??= caught;
        this.dispose();
        throw caught;
      });
    }
  }

  #heard(events: readonly HubEvent[]): void {
    this.noteLife();
    for (const event of events) {
      if (event.kind === 'nonsense') {
        this.dispose();
        return;
      }
      const taken = this.#questions.deliver(event);
      if (event.kind === 'downloadPort' && !taken) this.#untaken(event);
      this.#event.fire(event);
    }
  }

  /** Whoever waits at a port that nobody wants is told so. One that was never asked for is a wrong answer, as it would be again. */
  #untaken({ fid, offset, length, port }: Extract<HubEvent, { kind: 'downloadPort' }>): void {
    const wrong = new TributaryError('range-mismatch', { host: this.label, givenUp: 1 });
    if (!this.#unwanted.take({ fid, offset, length }) && !this.#questions.contradict(fid, wrong)) return;
    const to = { address: this.#address, port, label: this.label };
    const options = { signal: this.#life.signal, connectMs: this.timings.connectMs };
    connectTcp(to, options).then(
      (socket) => socket.destroy(),
      () => {},
    );
  }

  #lost(): TributaryError {
    return this.#end ?? new TributaryError('connection-lost', { host: this.label });
  }
}

function isSilence(error: unknown): error is TributaryError {
  return error instanceof TributaryError && error.code === 'first-byte-timeout';
}

/** Host and port as shown. */
export function labelOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host}:${port}`;
}
