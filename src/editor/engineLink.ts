import type { EngineEvents, LogLine, RequestName, RequestParams, RequestResults } from '../contract/engineApi.ts';
import { TributaryError, toTributaryError } from '../contract/errors.ts';
import type { Disposable } from '../kit/disposables.ts';
import { Emitter, type Event } from '../kit/emitter.ts';
import type { EngineClient } from './engineClient.ts';
import { keepsFailing, recentFailures, reconnectDelayMs } from './reconnect.ts';

/** What the link needs of a connection. */
export type LinkedEngine = Pick<EngineClient, 'request' | 'on' | 'onDidClose' | 'dispose'>;

export interface EngineLinkInit {
  /** Finds or starts an engine. */
  readonly connect: () => Promise<LinkedEngine>;
  /** Runs after each connect and before any other request: settings, secrets, the list. */
  readonly prepare: (engine: LinkedEngine) => Promise<void>;
}

/**
 * Keeps one connection to the engine. It is made when first needed; from then on an engine that dies is replaced, sooner
 * at first and later with growing pauses. Downloads lose nothing by that: the next engine goes on from their records.
 */
export class EngineLink implements Disposable {
  readonly #init: EngineLinkInit;
  readonly #changed = new Emitter<EngineEvents['changed']>();
  readonly #log = new Emitter<LogLine>();
  readonly #sharing = new Emitter<EngineEvents['sharing']>();
  readonly #ipfs = new Emitter<EngineEvents['ipfs']>();
  readonly #hubs = new Emitter<EngineEvents['hubs']>();
  readonly #disconnected = new Emitter<TributaryError>();
  readonly #gaveTrouble = new Emitter<TributaryError>();
  #engine: LinkedEngine | null = null;
  #connecting: Promise<LinkedEngine> | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #failedAtMs: number[] = [];
  #toldTrouble = false;
  #isTooOld = false;
  #disposed = false;

  readonly onDidChangeTasks: Event<EngineEvents['changed']> = this.#changed.event;
  readonly onDidLog: Event<LogLine> = this.#log.event;
  readonly onDidChangeSharing: Event<EngineEvents['sharing']> = this.#sharing.event;
  readonly onDidChangeIpfs: Event<EngineEvents['ipfs']> = this.#ipfs.event;
  readonly onDidChangeHubs: Event<EngineEvents['hubs']> = this.#hubs.event;
  /** An engine was lost or could not be started; another attempt follows by itself. */
  readonly onDidDisconnect: Event<TributaryError> = this.#disconnected.event;
  /** Once per series of failures that does not end. */
  readonly onDidGiveTrouble: Event<TributaryError> = this.#gaveTrouble.event;

  constructor(init: EngineLinkInit) {
    this.#init = init;
  }

  get isConnected(): boolean {
    return this.#engine !== null;
  }

  /** Sees to it that an engine runs, now and later. Failures are told by events. */
  start(): void {
    this.#connected().catch(() => {});
  }

  /**
   * Connects to an engine that somebody has begun. Not when another attempt follows anyway: that may be the engine that keeps
   * dying, for which the pauses are. Nor after one that was too new: the user was told.
   */
  join(): void {
    if (this.#retry === undefined && !this.#isTooOld) this.start();
  }

  /** Forgets past failures and tries at once. */
  restart(): void {
    this.#failedAtMs = [];
    this.#toldTrouble = false;
    this.start();
  }

  /** @throws TributaryError of the engine; `engine-start-failed`, `engine-lost`, `request-timeout`, `version-mismatch` */
  async request<N extends RequestName>(name: N, params: RequestParams<N>): Promise<RequestResults[N]> {
    const engine = await this.#connected();
    return engine.request(name, params);
  }

  /** Sends it only when there is an engine; the next one gets it in `prepare`, also when this one dies of it. */
  async requestIfConnected<N extends RequestName>(name: N, params: RequestParams<N>): Promise<void> {
    // One that is being prepared may have been told what was so before. Whether that fails is told elsewhere.
    await this.#connecting?.catch(() => {});
    try {
      await this.#engine?.request(name, params);
    } catch (error) {
      if (!(error instanceof TributaryError) || error.code !== 'engine-lost') throw error;
    }
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#retry);
    this.#engine?.dispose();
    this.#engine = null;
  }

  #connected(): Promise<LinkedEngine> {
    if (this.#disposed) return Promise.reject(new TributaryError('engine-lost'));
    if (this.#engine) return Promise.resolve(this.#engine);
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #connect(): Promise<LinkedEngine> {
    let engine: LinkedEngine | null = null;
    try {
      engine = await this.#init.connect();
      this.#listen(engine);
      await this.#init.prepare(engine);
      if (this.#disposed) throw new TributaryError('engine-lost');
      this.#engine = engine;
      this.#isTooOld = false;
      return engine;
    } catch (error) {
      engine?.dispose();
      const failure = toTributaryError(error);
      this.#failed(failure);
      throw failure;
    }
  }

  #listen(engine: LinkedEngine): void {
    engine.on('changed', (delta) => this.#changed.fire(delta));
    engine.on('log', (line) => this.#log.fire(line));
    engine.on('sharing', (sharing) => this.#sharing.fire(sharing));
    engine.on('ipfs', (ipfs) => this.#ipfs.fire(ipfs));
    engine.on('hubs', (change) => this.#hubs.fire(change));
    engine.onDidClose(() => {
      // Closing during `prepare` makes that fail, which is told there.
      if (this.#engine !== engine) return;
      this.#engine = null;
      this.#failed(new TributaryError('engine-lost'));
    });
  }

  #failed(error: TributaryError): void {
    if (this.#disposed) return;
    const nowMs = performance.now();
    this.#failedAtMs = [...recentFailures(this.#failedAtMs, nowMs), nowMs];
    if (this.#failedAtMs.length === 1) this.#toldTrouble = false;
    this.#disconnected.fire(error);
    // A newer engine that speaks another protocol stays one until this window is reloaded.
    this.#isTooOld = error.code === 'version-mismatch';
    if (!this.#toldTrouble && (this.#isTooOld || keepsFailing(this.#failedAtMs, nowMs))) {
      this.#toldTrouble = true;
      this.#gaveTrouble.fire(error);
    }
    if (!this.#isTooOld) this.#retry = setTimeout(() => this.start(), reconnectDelayMs(this.#failedAtMs.length));
  }
}
