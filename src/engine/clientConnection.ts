import { timingSafeEqual } from 'node:crypto';
import type { Duplex } from 'node:stream';
import * as v from 'valibot';
import { createMessageConnection, type MessageConnection, ResponseError } from 'vscode-jsonrpc';
import { StreamMessageReader } from 'vscode-jsonrpc/node';
import {
  CODED_ERROR,
  type EngineEvents,
  type EventName,
  PROTOCOL_VERSION,
  REQUEST_PARAMS,
  type RequestName,
  type RequestParams,
} from '../contract/engineApi.ts';
import { type ErrorInfo, TributaryError, toTributaryError } from '../contract/errors.ts';
import { type Disposable, DisposableList } from '../kit/disposables.ts';
import { Emitter, type Event } from '../kit/emitter.ts';
import { AnswerWriter } from './answerWriter.ts';
import type { Engine, EngineRequest } from './engine.ts';

/** A peer that has not shown the secret by then, or within so many bytes, is no client of ours. */
const HELLO_TIMEOUT_MS = 10_000;
const HELLO_BYTES = 16 * 1024;
/** For a client that takes nothing: at four a second, an hour's worth. One that is alive comes back and is told the whole list. */
const MOST_UNTAKEN = 10_000;

export interface ClientConnectionComponents {
  readonly engine: Engine;
  readonly engineVersion: string;
  readonly secret: string;
}

/**
 * One client of the engine. Whatever it sends, it gets a coded answer or its connection is closed; the engine and the other
 * clients never notice.
 */
export class ClientConnection implements Disposable {
  readonly #components: ClientConnectionComponents;
  readonly #stream: Duplex;
  readonly #connection: MessageConnection;
  readonly #writer: AnswerWriter;
  readonly #subscriptions = new DisposableList();
  readonly #greeted = new Emitter<void>();
  readonly #askedToLeave = new Emitter<void>();
  readonly #closed = new Emitter<void>();
  #authenticated = false;
  #sameProtocol = false;
  #chunks: Disposable | null = null;
  #open = true;
  /** Notifications that it has not taken yet. */
  #untaken = 0;

  readonly onDidGreet: Event<void> = this.#greeted.event;
  readonly onDidAskToLeave: Event<void> = this.#askedToLeave.event;
  readonly onDidClose: Event<void> = this.#closed.event;

  constructor(stream: Duplex, components: ClientConnectionComponents) {
    this.#stream = stream;
    this.#components = components;
    this.#guardUntilHello();
    this.#writer = new AnswerWriter(stream);
    const connection = createMessageConnection(new StreamMessageReader(stream), this.#writer);
    this.#connection = connection;
    connection.onRequest((method, params) => {
      this.#writer.expectAnswer();
      return this.#answer(method, params);
    });
    // Notifications have no answer; there are none from clients.
    connection.onNotification(() => {});
    // Bytes that are no message: nothing after them can be trusted to be one.
    connection.onError(([error]) => this.#refuse(error.message));
    connection.onClose(() => this.dispose());
    stream.on('error', () => this.dispose());
    connection.listen();
  }

  dispose(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#chunks?.dispose();
    this.#subscriptions.dispose();
    this.#connection.dispose();
    this.#stream.destroy();
    this.#closed.fire();
  }

  /** Ends it once what was asked is answered; `dispose` cuts it off when that takes too long. */
  async finish(): Promise<void> {
    await this.#writer.answered();
    await new Promise<void>((resolve) => this.#stream.end(resolve));
  }

  async #answer(method: string, params: unknown): Promise<unknown> {
    try {
      return await this.#dispatch(method, params);
    } catch (error) {
      const coded = toTributaryError(error);
      return new ResponseError<ErrorInfo>(CODED_ERROR, coded.message, coded.toInfo());
    }
  }

  async #dispatch(method: string, params: unknown): Promise<unknown> {
    if (!Object.hasOwn(REQUEST_PARAMS, method))
      throw new TributaryError('bad-message', { reason: 'there is no such request' });
    const name = method as RequestName;
    const parsed = v.safeParse(REQUEST_PARAMS[name], params ?? undefined);
    if (!parsed.success) throw new TributaryError('bad-message', { reason: whatIsWrong(name, parsed.issues) });
    if (name === 'hello') return this.#hello(parsed.output as RequestParams<'hello'>);
    if (!this.#authenticated) throw new TributaryError('not-authenticated');
    if (!this.#sameProtocol && name !== 'leave') {
      throw new TributaryError('version-mismatch', { version: this.#components.engineVersion });
    }
    if (name === 'leave') {
      this.#askedToLeave.fire();
      return null;
    }
    if (name === 'subscribeChunks')
      return this.#subscribeChunks((parsed.output as RequestParams<'subscribeChunks'>).enabled);
    return this.#components.engine.handle(name as EngineRequest, parsed.output as RequestParams<EngineRequest>);
  }

  #hello({ protocolVersion, secret }: RequestParams<'hello'>): unknown {
    const given = Buffer.from(secret);
    const expected = Buffer.from(this.#components.secret);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      // The answer first, then the end.
      setImmediate(() => this.#stream.end());
      throw new TributaryError('not-authenticated');
    }
    // A client of another version may still ask this engine to leave; nothing else is promised to it.
    if (!this.#authenticated) {
      this.#authenticated = true;
      this.#sameProtocol = protocolVersion === PROTOCOL_VERSION;
      if (this.#sameProtocol) this.#forwardEvents();
      this.#greeted.fire();
    }
    return { protocolVersion: PROTOCOL_VERSION, engineVersion: this.#components.engineVersion, pid: process.pid };
  }

  #forwardEvents(): void {
    const { engine } = this.#components;
    this.#subscriptions.add(engine.onDidChange((changes) => this.#notify('changed', changes)));
    this.#subscriptions.add(engine.onDidLog((line) => this.#notify('log', line)));
    this.#subscriptions.add(engine.onDidNotify(({ name, payload }) => this.#notify(name, payload)));
  }

  #subscribeChunks(enabled: boolean): null {
    this.#chunks?.dispose();
    this.#chunks = enabled
      ? this.#components.engine.onDidChunk(({ name, payload }) => this.#notify(name, payload))
      : null;
    return null;
  }

  #notify<N extends EventName>(name: N, payload: EngineEvents[N]): void {
    // What is told in one moment is not in the stream yet: nobody could have taken it.
    if (++this.#untaken > MOST_UNTAKEN && this.#stream.writableLength > 0) this.dispose();
    if (!this.#open) return;
    this.#connection.sendNotification(name, payload).then(
      () => {
        this.#untaken--;
      },
      () => this.dispose(),
    );
  }

  #refuse(reason: string): void {
    if (!this.#open) return;
    const { message, ...info } = new TributaryError('bad-message', { reason: reason.slice(0, 200) });
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: null,
      error: { code: CODED_ERROR, message, data: { code: info.code, args: info.args } },
    });
    this.#stream.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    this.#stream.end();
    setTimeout(() => this.dispose(), 1000).unref();
  }

  /** The framing itself knows no limits: somebody who never says hello must not fill the memory or hold a place. */
  #guardUntilHello(): void {
    let received = 0;
    const count = (data: Buffer): void => {
      received += data.length;
      if (this.#authenticated) this.#stream.off('data', count);
      else if (received > HELLO_BYTES) this.#refuse('too much before hello');
    };
    this.#stream.on('data', count);
    const timer = setTimeout(() => {
      if (!this.#authenticated) this.dispose();
    }, HELLO_TIMEOUT_MS);
    this.#subscriptions.add({ dispose: () => clearTimeout(timer) });
  }
}

/** Where the parameters differ from their schema; values are left out, since they may be secrets. */
function whatIsWrong(
  name: string,
  issues: readonly { path?: readonly { key?: unknown }[] | undefined; expected?: string | null }[],
): string {
  const issue = issues[0];
  const path = issue?.path?.map((item) => String(item.key)).join('.') ?? '';
  return `${name}: ${path === '' ? 'the parameters' : path} should be ${issue?.expected ?? 'different'}`;
}
