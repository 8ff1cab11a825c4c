import { join } from 'node:path';
import type { EngineEvents, LogLine, RequestName, RequestParams, RequestResults } from '../contract/engineApi.ts';
import { TributaryError, toTributaryError } from '../contract/errors.ts';
import {
  DEFAULT_NETWORK,
  DEFAULT_SETTINGS,
  type EngineSettings,
  type LogLevel,
  type NetworkSettings,
} from '../contract/settings.ts';
import type { TaskId } from '../contract/task.ts';
import { systemClock } from '../kit/clock.ts';
import type { Disposable } from '../kit/disposables.ts';
import { Emitter, type Event } from '../kit/emitter.ts';
import { prepareFolderFile, prepareMirror, prepareSibling, prepareTask, replaceLink } from './addTask.ts';
import { ChangeFeed } from './changeFeed.ts';
import { hashFile } from './disk/hashFile.ts';
import { TaskStore } from './disk/taskStore.ts';
import { Hubs } from './hubs.ts';
import { parseAddress } from './intake/address.ts';
import { Ipfs } from './ipfs.ts';
import { loadHostCaps, loadSettings, saveHostCaps, saveSettings } from './keptSettings.ts';
import { Limits } from './limits.ts';
import { HttpClient } from './net/httpClient.ts';
import { DEFAULT_TIMEOUTS, type HttpTimeouts } from './net/httpLimits.ts';
import type { HubTimings } from './net/hubTimings.ts';
import { userDataFolder } from './registry.ts';
import { ReturningSeeds, strandedOf } from './seeds/returningSeeds.ts';
import { Seeds } from './seeds/seeds.ts';
import { TaskSources } from './taskSources.ts';
import { RETRY_PAUSES_MS } from './tasks/retries.ts';
import type { FolderFileTask } from './tasks/runComponents.ts';
import type { Task } from './tasks/task.ts';
import { TaskList } from './tasks/taskList.ts';
import type { ChunkEvent } from './transfer/chunkTracker.ts';
import { HostPolicies } from './transfer/hostPolicies.ts';

export interface EngineOptions {
  /** Folder for the list of tasks, made when missing; null: nothing is kept. */
  readonly stateFolder: string | null;
  /** Of Tributary; part of the user agent. */
  readonly version: string;
  /** Where blocks and trees of content-addressed files are kept. @default `ipfs` in the state folder */
  readonly ipfsFolder?: string;
  /** At most four `onDidChange` in any time as long as this; progress never more often than three a second. @default 1000 */
  readonly changeWindowMs?: number;
  /** Pauses before a download that failed is tried again by itself; empty: never. @default 30 s, 1, 2, 5, then 10 minutes */
  readonly retryPausesMs?: readonly number[];
  /** Deadlines of requests; those not named keep their default. */
  readonly timeouts?: Partial<HttpTimeouts>;
  /** Deadlines of share hubs; those not named keep their default. */
  readonly hubTimings?: Partial<HubTimings>;
}

/** Requests that concern the connection, not the downloads: serve.ts answers them. */
type ConnectionRequest = 'hello' | 'leave' | 'subscribeChunks';
export type EngineRequest = Exclude<RequestName, ConnectionRequest>;

type Handlers = { [N in EngineRequest]: (params: RequestParams<N>) => Promise<RequestResults[N]> | RequestResults[N] };

/** A notification of `EngineEvents` that the engine does not bundle. */
export type Notice = {
  [N in Exclude<keyof EngineEvents, 'changed' | 'log' | ChunkEvent['name']>]: {
    readonly name: N;
    readonly payload: EngineEvents[N];
  };
}[Exclude<keyof EngineEvents, 'changed' | 'log' | ChunkEvent['name']>];

/** After a restart, until a client brings the proxy's password; then what does not need it starts anyway. */
const PROXY_WAIT_MS = 10_000;

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'off'];

/** The downloads of one user on one host. Delegates; decides nothing itself. */
export class Engine {
  readonly #version: string;
  readonly #client: HttpClient;
  readonly #hosts = new HostPolicies({ clock: systemClock, dateMs: Date.now });
  readonly #limits = new Limits({ clock: systemClock, date: () => new Date() });
  readonly #tasks: TaskList;
  readonly #changes = new Emitter<EngineEvents['changed']>();
  readonly #log = new Emitter<LogLine>();
  readonly #chunks = new Emitter<ChunkEvent>();
  readonly #notices = new Emitter<Notice>();
  readonly #feed: ChangeFeed;
  readonly #hashing = new Map<TaskId, Promise<string>>();
  readonly #hubs: Hubs;
  readonly #ipfs: Ipfs;
  readonly #seeds: Seeds;
  readonly #sources: TaskSources;
  readonly #returning: Disposable;
  readonly #closing = new AbortController();
  readonly #stateFolder: string | null;
  #settings: EngineSettings = DEFAULT_SETTINGS;
  #network: NetworkSettings = DEFAULT_NETWORK;
  #openTimer: NodeJS.Timeout | undefined;

  /** At most 4 a second; only what changed. */
  readonly onDidChange: Event<EngineEvents['changed']> = this.#changes.event;
  readonly onDidLog: Event<LogLine> = this.#log.event;
  readonly onDidChunk: Event<ChunkEvent> = this.#chunks.event;

  /** What is told to every client as it happens, apart from tasks and log lines. */
  readonly onDidNotify: Event<Notice> = this.#notices.event;

  private constructor(store: TaskStore | null, options: EngineOptions) {
    this.#version = options.version;
    const { changeWindowMs: windowMs } = options;
    this.#feed = new ChangeFeed((changes) => this.#changes.fire(changes), windowMs === undefined ? {} : { windowMs });
    this.#stateFolder = options.stateFolder;
    this.#client = new HttpClient({ env: process.env }, { timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts } });
    this.#tasks = new TaskList({
      store,
      retryPausesMs: options.retryPausesMs ?? RETRY_PAUSES_MS,
      openSources: (task, link, within) => this.#sources.open(task, link, within),
      openLink: (task, link) => this.#sources.openTold(task, link),
      throttlesOf: (task, source) => this.#limits.throttlesOf(task, source),
      hosts: this.#hosts,
      clock: systemClock,
      random: Math.random,
      onChunk: (event) => this.#chunks.fire(event),
      onFurtherFiles: (task, names) => this.#addSiblings(task, names),
      onFolder: (task, files) => this.#addFolder(task, files),
      log: (level, message, taskId) => this.#writeLog(level, message, taskId),
    });
    this.#hubs = new Hubs(
      options.stateFolder,
      {
        log: (level, message) => this.#writeLog(level, message, null),
        onLetIn: (hub) => this.#resumeOf(hub),
      },
      options.hubTimings,
    );
    this.#seeds = new Seeds(
      { clock: systemClock, log: (level, message) => this.#writeLog(level, message, null) },
      options,
    );
    this.#returning = new ReturningSeeds({
      clock: systemClock,
      failed: () => [...this.#tasks].flatMap(strandedOf),
      isOffered: ({ links }) => this.#seeds.isOffered(links),
      resume: (id) => this.#tasks.resume(id),
    });
    this.#seeds.onDidChangeSharing((payload) => this.#notices.fire({ name: 'sharing', payload }));
    this.#hubs.onDidChange((payload) => this.#notices.fire({ name: 'hubs', payload }));
    this.#ipfs = new Ipfs(
      {
        client: this.#client,
        onChunk: (event) => this.#chunks.fire(event),
        log: (level, message) => this.#writeLog(level, message, null),
      },
      {
        folder:
          options.ipfsFolder ?? join(options.stateFolder ?? userDataFolder(process.env, process.platform), 'ipfs'),
        userAgent: () => this.#userAgent,
      },
    );
    this.#sources = new TaskSources({
      client: this.#client,
      seeds: this.#seeds,
      hubs: this.#hubs,
      ipfs: this.#ipfs,
      userAgent: () => this.#userAgent,
      log: (level, message, taskId) => this.#writeLog(level, message, taskId),
    });
    this.#ipfs.onDidChange((payload) => this.#notices.fire({ name: 'ipfs', payload }));
    this.#tasks.onDidChange((task) => {
      if (task.status.state === 'completed') this.#ipfs.completed(task.id, task.targetPath);
    });
    this.#tasks.onDidChange((task) => this.#feed.changed(task.id, task.status.state, () => task.snapshot()));
    this.#tasks.onDidRemove((id) => {
      this.#ipfs.forget(id);
      this.#feed.removed(id);
    });
    this.#hosts.onDidChange(() => {
      saveHostCaps(this.#stateFolder, this.#hosts.kept()).catch((error: unknown) => {
        this.#writeLog('warn', `what a host puts up with could not be kept: ${toTributaryError(error).message}`, null);
      });
    });
  }

  /** Brings back the tasks of an earlier engine in the same folder and goes on with them. @throws TributaryError of the disk */
  static async start(options: EngineOptions): Promise<Engine> {
    const store = options.stateFolder === null ? null : await TaskStore.open(options.stateFolder);
    const engine = new Engine(store, options);
    const kept = await loadSettings(options.stateFolder);
    engine.#hosts.restore(await loadHostCaps(options.stateFolder));
    engine.#applySettings(kept.settings);
    engine.#applyNetwork(kept.network);
    await engine.#tasks.load();
    await engine.#hubs.restore();
    void engine.#ipfs.restore();
    await engine.#seeds.restore();
    if (kept.needsProxyAuthorization) engine.#openTimer = setTimeout(() => engine.#tasks.open(), PROXY_WAIT_MS);
    else engine.#tasks.open();
    return engine;
  }

  /** Something runs, or will run by itself. */
  get isDownloading(): boolean {
    return this.#tasks.runningTasks > 0 || this.#tasks.waitingRetries > 0;
  }

  /** Others need it: a server of it is on, or something is on its way to them. */
  get isSharing(): boolean {
    return this.#hubs.isNeeded || this.#seeds.isSharing || this.#ipfs.isNeeded;
  }

  /** @throws TributaryError; see the request's handler */
  async handle<N extends EngineRequest>(name: N, params: RequestParams<N>): Promise<RequestResults[N]> {
    const handler: Handlers[N] = this.#handlers[name];
    const result = await handler(params);
    this.#feed.flushIfDue();
    return result;
  }

  /** Stops all transfers, leaves exact records and closes every connection. */
  async close(): Promise<void> {
    clearTimeout(this.#openTimer);
    this.#limits.dispose();
    this.#returning.dispose();
    this.#closing.abort(new TributaryError('engine-lost'));
    await Promise.all([this.#tasks.close(), this.#hubs.close(), this.#seeds.close()]);
    await this.#ipfs.close();
    this.#feed.flush();
    this.#feed.dispose();
    await this.#client.close();
  }

  readonly #handlers: Handlers = {
    add: async (params) => {
      const { record, secrets } = prepareTask(await this.#seeds.placeOf(params), {
        order: this.#tasks.nextOrder(),
        nowMs: Date.now(),
      });
      await this.#tasks.add(record, secrets);
      return { id: record.id };
    },
    list: () => ({ tasks: [...this.#tasks].map((task) => task.snapshot()) }),
    pause: ({ id }) => this.#tasks.pause(id).then(nothing),
    resume: ({ id }) => this.#tasks.resume(id).then(nothing),
    cancel: ({ id }) => this.#tasks.cancel(id).then(nothing),
    retry: ({ id, exists }) => this.#tasks.resume(id, exists).then(nothing),
    changeFolder: ({ id, folder }) => this.#tasks.changeFolder(id, folder).then(nothing),
    remove: ({ id }) => this.#tasks.remove(id).then(nothing),
    move: ({ id, direction }) => this.#tasks.swap(id, direction).then(nothing),
    pauseAll: () => this.#tasks.pauseAll().then(nothing),
    resumeAll: () => this.#tasks.resumeAll().then(nothing),
    clearCompleted: () => this.#tasks.clearCompleted().then(nothing),
    addMirror: async ({ id, address }) => {
      const { kept, secret } = prepareMirror(address);
      await this.#tasks.addMirror(id, kept, secret);
      return null;
    },
    replaceAddress: ({ id, address }) =>
      this.#tasks.replaceLink(id, replaceLink(this.#tasks.get(id), address)).then(nothing),
    limitTask: ({ id, bytesPerSecond }) => this.#tasks.limit(id, bytesPerSecond).then(nothing),
    link: ({ id }) => ({ address: parseAddress(this.#tasks.get(id).link).url }),
    sha256: async ({ id }) => ({ sha256: await this.#sha256(this.#tasks.get(id)) }),
    configure: async (settings) => {
      this.#applySettings(settings);
      await saveSettings(this.#stateFolder, this.#settings, this.#network);
      return null;
    },
    network: async (settings) => {
      this.#applyNetwork(settings);
      clearTimeout(this.#openTimer);
      this.#tasks.open();
      await saveSettings(this.#stateFolder, this.#settings, this.#network);
      return null;
    },
    share: ({ path }) => this.#seeds.share(path),
    stopSharing: ({ id }) => this.#seeds.stopSharing(id).then(nothing),
    sharing: () => this.#seeds.sharing(),
    findSeeds: () => this.#seeds.find(),
    configureSeeds: (settings) => this.#seeds.configure(settings).then(nothing),
    startHub: async (params) => ({ own: await this.#hubs.start(params ?? {}) }),
    stopHub: () => this.#hubs.stop().then(nothing),
    joinHub: (params) => this.#hubs.join(params),
    leaveHub: ({ address }) => this.#hubs.leave(address).then(nothing),
    hubs: () => this.#hubs.snapshot(),
    shareToHub: async ({ address, paths }) => ({ ids: await this.#hubs.share(address, paths) }),
    cancelShare: ({ id }) => {
      this.#hubs.cancelShare(id);
      return null;
    },
    retryShare: ({ id }) => this.#hubs.retryShare(id).then(nothing),
    clearShares: () => {
      this.#hubs.clearShares();
      return null;
    },
    removeFromHub: ({ address, fid }) => this.#hubs.remove(address, fid).then(nothing),
    startIpfs: () => this.#ipfs.start(),
    stopIpfs: () => this.#ipfs.stop().then(nothing),
    ipfs: () => this.#ipfs.snapshot(),
    shareOnIpfs: ({ path }) => this.#ipfs.share(path),
    unshareOnIpfs: ({ cid }) => this.#ipfs.unshare(cid).then(nothing),
    startChunkDownload: (params) => this.#ipfs.downloadChunk(params),
    provideSecrets: ({ id, secrets }) => this.#tasks.provideSecrets(id, secrets).then(nothing),
  };

  #applySettings(settings: EngineSettings): void {
    this.#settings = settings;
    this.#limits.configure(settings);
    this.#hosts.limit(Math.max(settings.connectionsPerHost, settings.lanesPerTask));
    this.#tasks.configure(settings);
    this.#ipfs.configure(settings.ipfs);
  }

  #applyNetwork(settings: NetworkSettings): void {
    this.#network = settings;
    this.#client.configure(settings);
  }

  /** Downloads that waited for the key of that hub go on. */
  #resumeOf(hub: string): void {
    for (const { id, status } of this.#tasks) {
      const reason = status.state === 'paused' ? status.reason : null;
      if (reason?.code === 'hub-key-needed' && reason.args.host === hub) this.#tasks.resume(id).catch(() => {});
    }
  }

  get #userAgent(): string {
    return this.#settings.userAgent || defaultUserAgent(this.#version);
  }

  #addFolder(task: Task, files: readonly FolderFileTask[]): void {
    for (const file of files) {
      const { record, secrets } = prepareFolderFile(task, file, { order: this.#tasks.nextOrder(), nowMs: Date.now() });
      this.#tasks.add(record, secrets).catch((error: unknown) => {
        this.#writeLog('error', `a file of a folder was not added: ${toTributaryError(error).message}`, task.id);
      });
    }
  }

  #addSiblings(task: Task, names: readonly string[]): void {
    for (const name of names) {
      const { record, secrets } = prepareSibling(task, name, { order: this.#tasks.nextOrder(), nowMs: Date.now() });
      this.#tasks.add(record, secrets).catch((error: unknown) => {
        this.#writeLog('error', `a file of a Metalink was not added: ${toTributaryError(error).message}`, task.id);
      });
    }
  }

  /** Computed once, however many ask; kept with the task. */
  async #sha256(task: Task): Promise<string> {
    const { status } = task;
    if (status.state !== 'completed') throw new TributaryError('illegal-move', { state: status.state });
    if (status.sha256 !== null) return status.sha256;
    let hashing = this.#hashing.get(task.id);
    if (hashing === undefined) {
      hashing = hashFile({ path: task.targetPath, algorithm: 'sha256' }, { signal: this.#closing.signal }).finally(() =>
        this.#hashing.delete(task.id),
      );
      this.#hashing.set(task.id, hashing);
    }
    const sha256 = await hashing;
    if (task.status.state === 'completed') await this.#tasks.setStatus(task, { ...task.status, sha256 });
    return sha256;
  }

  #writeLog(level: LogLine['level'], message: string, taskId: TaskId | null): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.#settings.logLevel)) return;
    this.#log.fire({ level, message, taskId });
  }
}

function nothing(): null {
  return null;
}

/** Browser-like, because some hosts refuse what they do not know, and honest at once (HTTP.md). */
function defaultUserAgent(version: string): string {
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Tributary/${version}`;
}
