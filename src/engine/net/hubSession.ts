import net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import { deferred } from '../../kit/deferred.ts';
import type { Disposable } from '../../kit/disposables.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { fidKey } from '../protocols/hub/fidKey.ts';
import { HubClientMachine, type HubEvent } from '../protocols/hub/hubClientMachine.ts';
import { type ClientMessage, type HubFileRecord, lineOf } from '../protocols/hub/hubMessages.ts';
import { LineConnection } from './lineConnection.ts';
import { isLoopback, plainAddress } from './loopback.ts';
import { toNetworkError } from './networkError.ts';

const CONNECT_MS = 10_000;
/** For an answer that needs nothing but a moment of the hub. */
const ANSWER_MS = 15_000;

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

interface Waiting {
  /** True: it took the event. */
  readonly takes: (event: HubEvent) => boolean;
  readonly fail: (error: unknown) => void;
}

/** Codes of a hub's ERROR that another attempt may mend. */
const PASSING = new Set([
  'fid-taken',
  'too-many-requests',
  'too-many-clients',
  'too-few-bytes',
  'not-connected',
  'cannot-store',
]);

/** One control connection to a hub, past its WELCOME. */
export class HubSession implements Disposable {
  readonly #connection: LineConnection;
  readonly #machine: HubClientMachine;
  readonly #label: string;
  readonly #address: string;
  readonly #waiting = new Set<Waiting>();
  readonly #event = new Emitter<HubEvent>();

  /** `available` and `removed` among others. */
  readonly onDidHear: Event<HubEvent> = this.#event.event;
  /** Once, however it ended. */
  readonly onDidClose: Event<void>;

  private constructor(connection: LineConnection, machine: HubClientMachine, init: { label: string; address: string }) {
    this.#connection = connection;
    this.#machine = machine;
    this.#label = init.label;
    this.#address = init.address;
    this.onDidClose = connection.onDidClose;
    connection.onDidReceive((line) => this.#heard(machine.received(line)));
    connection.onDidOverflow(() => this.dispose());
    connection.onDidClose(() => {
      for (const { fail } of [...this.#waiting]) fail(this.#lost());
    });
  }

  /**
   * @param name what the other members see
   * @throws TributaryError of the network, `hub-key-needed`, `not-a-hub`, `hub-refused`; the signal's reason
   */
  static async open(place: HubPlace, name: string, options: { signal: AbortSignal }): Promise<HubSession> {
    const label = labelOf(place);
    const socket = await connect(place, label, options);
    const address = socket.remoteAddress ?? place.host;
    const connection = new LineConnection(socket);
    const machine = new HubClientMachine();
    const welcome = deferred<void>();
    const link = onAbort(options.signal, (reason) => welcome.reject(reason));
    const timer = setTimeout(
      () => welcome.reject(new TributaryError('first-byte-timeout', { host: label })),
      ANSWER_MS,
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
    const session = new HubSession(connection, machine, { label, address });
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

  /** @throws TributaryError `hub-refused`, `connection-lost`, `first-byte-timeout`; the signal's reason */
  async requestDownload(
    request: { readonly fid: string; readonly offset: number; readonly length: number },
    options: { signal: AbortSignal },
  ): Promise<DataPort> {
    const { fid, offset, length } = request;
    const asks: ClientMessage = { type: 'FILE_REQUEST', fid, offset, length };
    const port = await this.#ask(
      asks,
      (event) =>
        event.kind === 'downloadPort' && sameFid(event.fid, fid) && event.offset === offset && event.length === length
          ? event.port
          : null,
      { ...options, deadlineMs: ANSWER_MS, sharesErrors: true },
    );
    return { address: this.#address, port };
  }

  /** Waits as long as the hub lets it wait. @throws as `requestDownload` */
  async offer(
    offer: Omit<Extract<ClientMessage, { type: 'FILE_OFFER' }>, 'type'>,
    options: { signal: AbortSignal },
  ): Promise<DataPort & { readonly offset: number }> {
    const found = await this.#ask(
      { type: 'FILE_OFFER', ...offer },
      (event) => (event.kind === 'uploadPort' && sameFid(event.fid, offer.fid) ? event : null),
      options,
    );
    return { address: this.#address, port: found.port, offset: found.offset };
  }

  /** Resolves when everybody can fetch the file. @throws TributaryError what became of it; the signal's reason */
  async whenAvailable(fid: string, options: { signal: AbortSignal }): Promise<HubFileRecord> {
    const there = this.fileOf(fid);
    if (there !== null) return there;
    return this.#ask(
      null,
      (event) => (event.kind === 'available' && sameFid(event.file.fid, fid) ? event.file : null),
      { ...options, fid },
    );
  }

  /** All of its files, once a long list that comes in several lines has come. @throws as `requestDownload` */
  async list(options: { signal: AbortSignal }): Promise<readonly HubFileRecord[]> {
    await this.#ask({ type: 'FILE_LIST' }, (event) => (event.kind === 'listed' ? true : null), {
      ...options,
      deadlineMs: ANSWER_MS,
    });
    return this.files;
  }

  /** @throws as `requestDownload` */
  async remove(fid: string, options: { signal: AbortSignal }): Promise<void> {
    await this.#ask(
      { type: 'FILE_REMOVE', fid },
      (event) => (event.kind === 'removed' && sameFid(event.fid, fid) ? true : null),
      { ...options, deadlineMs: ANSWER_MS },
    );
  }

  dispose(): void {
    this.#connection.dispose();
  }

  /**
   * Sends and waits. An ERROR names a file only: of several questions about it the oldest is meant, since a hub answers in
   * order (`sharesErrors`).
   */
  #ask<T>(
    message: ClientMessage | null,
    answer: (event: HubEvent) => T | null,
    options: { signal: AbortSignal; deadlineMs?: number; fid?: string; sharesErrors?: boolean },
  ): Promise<T> {
    const found = deferred<T>();
    if (!this.isOpen) return Promise.reject(this.#lost());
    const fid = options.fid ?? (message !== null && 'fid' in message ? message.fid : '');
    const waiting: Waiting = {
      takes: (event) => {
        if (event.kind === 'refused' && event.fid !== null && sameFid(event.fid, fid)) {
          found.reject(refusal(event, this.#label));
          return options.sharesErrors === true;
        }
        const result = answer(event);
        if (result === null) return false;
        found.resolve(result);
        return true;
      },
      fail: found.reject,
    };
    this.#waiting.add(waiting);
    const link = onAbort(options.signal, found.reject);
    const timer =
      options.deadlineMs === undefined
        ? undefined
        : setTimeout(
            () => found.reject(new TributaryError('first-byte-timeout', { host: this.#label })),
            options.deadlineMs,
          );
    const forget = (): void => {
      this.#waiting.delete(waiting);
      clearTimeout(timer);
      link.dispose();
    };
    // At once, not a turn later: the next line may be meant for the next one.
    const settled = found.promise.finally(forget);
    if (message !== null) this.#connection.send(lineOf(message));
    return settled;
  }

  #heard(events: readonly HubEvent[]): void {
    for (const event of events) {
      if (event.kind === 'nonsense') {
        this.dispose();
        return;
      }
      this.#deliver(event);
      this.#event.fire(event);
    }
  }

  #deliver(event: HubEvent): void {
    for (const waiting of [...this.#waiting]) {
      if (!waiting.takes(event)) continue;
      this.#waiting.delete(waiting);
      return;
    }
  }

  #lost(): TributaryError {
    return new TributaryError('connection-lost', { host: this.#label });
  }
}

/** Host and port as shown. */
export function labelOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host}:${port}`;
}

function sameFid(a: string, b: string): boolean {
  return fidKey(a) === fidKey(b);
}

/** What a hub's ERROR means here. Its words are somebody else's and are shown as such. */
function refusal(event: Extract<HubEvent, { kind: 'refused' }>, host: string): TributaryError {
  if (event.code === 'bad-key') return new TributaryError('hub-key-needed', { host });
  if (event.code === 'unknown-fid') return new TributaryError('hub-file-gone', { host });
  const reason = event.message
    .slice(0, 200)
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\.$/, '');
  return new TributaryError(PASSING.has(event.code) ? 'hub-busy' : 'hub-refused', {
    host,
    reason,
    hubCode: event.code.slice(0, 40),
  });
}

function connect(place: HubPlace, label: string, options: { signal: AbortSignal }): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    if (options.signal.aborted) {
      reject(options.signal.reason);
      return;
    }
    const socket = net.connect({ host: place.host.replace(/^\[|\]$/g, ''), port: place.port });
    const settle = (error: unknown): void => {
      clearTimeout(timer);
      link.dispose();
      socket.removeAllListeners();
      if (error === null) {
        resolve(socket);
        return;
      }
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => settle(new TributaryError('connect-timeout', { host: label })), CONNECT_MS);
    const link = onAbort(options.signal, (reason) => settle(reason));
    socket.once('connect', () => settle(null));
    socket.once('error', (error) => settle(toNetworkError(error, label)));
  });
}
