import { isDeepStrictEqual } from 'node:util';
import { TributaryError } from '../../contract/errors.ts';
import { DEFAULT_IPFS, type IpfsSettings } from '../../contract/settings.ts';
import type { Clock } from '../../kit/clock.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { Turns } from '../../kit/turns.ts';
import type { HttpClient } from '../net/httpClient.ts';
import type { IpfsNode, Repository } from './ipfsNode.ts';

/** What is loaded when IPFS is first needed. */
export type IpfsLibrary = typeof import('./ipfsNode.ts');

/** The libraries need what this version of Node brought. */
const MIN_NODE = 22;
/** A guest that nobody has used for that long leaves the swarm. */
const IDLE_MS = 60_000;

export interface NodeKeeperInit {
  /** The repository; null: what is fetched is not kept. */
  readonly folder: string;
  readonly userAgent: () => string;
}

interface Running {
  readonly node: IpfsNode;
  readonly serves: boolean;
  readonly settings: IpfsSettings;
  users: number;
  idleTimer: NodeJS.Timeout | undefined;
}

/** Starts the node when it is needed, as a guest or serving, and ends it when it is not. Loads the libraries first. */
export class NodeKeeper {
  readonly #components: { readonly client: HttpClient; readonly clock: Clock };
  readonly #init: NodeKeeperInit;
  readonly #changed = new Emitter<void>();
  #settings: IpfsSettings = DEFAULT_IPFS;
  #library: Promise<IpfsLibrary> | null = null;
  #repository: Promise<Repository> | null = null;
  #current: Running | null = null;
  /** Changes of what runs go one after the other. */
  readonly #turns = new Turns();
  #closed = false;

  /** It started, ended, or its peers are others. */
  readonly onDidChange: Event<void> = this.#changed.event;

  constructor(components: { client: HttpClient; clock: Clock }, init: NodeKeeperInit) {
    this.#components = components;
    this.#init = init;
  }

  get settings(): IpfsSettings {
    return this.#settings;
  }

  get node(): IpfsNode | null {
    return this.#current?.node ?? null;
  }

  get serves(): boolean {
    return this.#current?.serves ?? false;
  }

  /** Holds from the next use on; a node that serves takes it up at once. @throws TributaryError when it cannot start again */
  async configure(settings: IpfsSettings): Promise<void> {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    this.#settings = settings;
    if (this.serves) await this.serve();
  }

  /** @throws TributaryError `ipfs-unavailable` */
  library(): Promise<IpfsLibrary> {
    this.#library ??= loadLibrary().catch((error: unknown) => {
      this.#library = null;
      throw error;
    });
    return this.#library;
  }

  /** @throws TributaryError `ipfs-unavailable`, `disk-*` */
  repository(): Promise<Repository> {
    this.#repository ??= this.library()
      .then(({ Repository }) => Repository.open(this.#init.folder, this.#settings))
      .catch((error: unknown) => {
        this.#repository = null;
        throw error;
      });
    return this.#repository;
  }

  /** A node to fetch with; whoever has it gives it back. @throws TributaryError `ipfs-unavailable`, `disk-*`, `bad-option` */
  async use(): Promise<{ node: IpfsNode; giveBack: () => void }> {
    const running = await this.#turns.take(() => this.#ensure(this.serves));
    running.users++;
    clearTimeout(running.idleTimer);
    let given = false;
    const giveBack = (): void => {
      if (given) return;
      given = true;
      running.users--;
      this.#leaveWhenIdle(running);
    };
    return { node: running.node, giveBack };
  }

  /** From now on others can reach it. @throws TributaryError */
  async serve(): Promise<IpfsNode> {
    return (await this.#turns.take(() => this.#ensure(true))).node;
  }

  /** Nobody can reach it any more; a download under way ends with it and is tried again by a guest. */
  async stopServing(): Promise<void> {
    await this.#turns.take(async () => {
      if (this.serves) await this.#end();
    });
  }

  async close(): Promise<void> {
    await this.#turns.take(async () => {
      this.#closed = true;
      await this.#end();
    });
  }

  async #ensure(serves: boolean): Promise<Running> {
    if (this.#closed) throw new TributaryError('engine-lost');
    const settings = this.#settings;
    const current = this.#current;
    if (current !== null && current.serves === serves && isDeepStrictEqual(current.settings, settings)) return current;
    const [{ IpfsNode }, repository] = [await this.library(), await this.repository()];
    if (current?.serves === true) await this.#end();
    this.#current = null;
    const node = await IpfsNode.start(
      { ...this.#components, repository },
      { settings, serves, userAgent: this.#init.userAgent() },
    );
    const running: Running = { node, serves, settings, users: 0, idleTimer: undefined };
    this.#current = running;
    node.onDidChange(() => this.#changed.fire());
    // A guest that others still fetch with ends when they have: it is in nobody's way.
    if (current?.serves === false) this.#leaveWhenIdle(current);
    this.#changed.fire();
    return running;
  }

  #leaveWhenIdle(running: Running): void {
    if (running.users > 0 || running.serves) return;
    const leave = (): void => {
      if (this.#current === running) this.#current = null;
      running.node.close().catch(() => {});
      this.#changed.fire();
    };
    clearTimeout(running.idleTimer);
    running.idleTimer = setTimeout(leave, this.#current === running ? IDLE_MS : 0);
    running.idleTimer.unref();
  }

  async #end(): Promise<void> {
    const current = this.#current;
    this.#current = null;
    clearTimeout(current?.idleTimer);
    await current?.node.close();
    this.#changed.fire();
  }
}

async function loadLibrary(): Promise<IpfsLibrary> {
  const version = process.versions.node;
  if (Number(version.split('.')[0]) < MIN_NODE)
    throw new TributaryError('ipfs-unavailable', {
      reason: `it needs Node ${MIN_NODE} or newer, and this is Node ${version}`,
    });
  try {
    return await import('./ipfsNode.ts');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TributaryError('ipfs-unavailable', { reason }, { cause: error });
  }
}
