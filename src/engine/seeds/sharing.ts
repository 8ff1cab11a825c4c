import { randomUUID } from 'node:crypto';
import { isAbsolute, join, resolve } from 'node:path';
import { TributaryError, toTributaryError } from '../../contract/errors.ts';
import {
  DEFAULT_SEED_SETTINGS,
  type SeedSettings,
  type ShareId,
  type SharingSnapshot,
} from '../../contract/seedApi.ts';
import type { Clock } from '../../kit/clock.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { Pacer } from '../../kit/pacer.ts';
import { Turns } from '../../kit/turns.ts';
import { ensureReadable, whatIsThere } from '../disk/shareableFiles.ts';
import { authorityOf } from '../intake/authority.ts';
import { isLoopback } from '../intake/loopback.ts';
import { FIRST_SEED_PORT, seedUrl } from '../intake/seedAddress.ts';
import { DigestCache } from '../share/digestCache.ts';
import { SeedServer } from '../share/seedServer.ts';
import { type Share, type ShareContent, SharedFiles } from '../share/sharedFiles.ts';
import { ShareTraffic } from '../share/shareTraffic.ts';
import { watchShares } from '../share/watchShares.ts';
import { UploadThrottle } from './uploadThrottle.ts';

export interface SharingComponents {
  readonly clock: Clock;
  readonly log: (level: 'info' | 'warn', message: string) => void;
}

export interface SharingInit {
  /** Where digests outlive the process; null: nowhere. */
  readonly digestsPath: string | null;
  /** Ports to listen on, in place of what the settings say. @default as the settings say */
  readonly ports?: readonly number[];
}

/** `onDidChange` at most so often; and every now and then as long as somebody is there, since going makes no change. */
const CHANGE_MS = 300;
const PRESENCE_MS = 5500;
const RETRY_MS = 10_000;
const MAX_SHARES = 256;

/** What the user shares, and the seed that serves it: it listens as long as there is something to serve. */
export class Sharing {
  readonly #components: SharingComponents;
  readonly #init: SharingInit;
  readonly #files: SharedFiles;
  readonly #traffic = new ShareTraffic();
  readonly #limit: UploadThrottle;
  readonly #changed = new Emitter<SharingSnapshot>();
  readonly #pacer = new Pacer(CHANGE_MS, () => void this.#tell());
  #digests: DigestCache | null = null;
  #settings: SeedSettings = DEFAULT_SEED_SETTINGS;
  #server: SeedServer | null = null;
  /** Looks for new files as long as the server listens. */
  #watch: AbortController | null = null;
  #error: TributaryError | null = null;
  /** Openings and closings of the server, one after the other. */
  readonly #turns = new Turns();
  #presenceTimer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #closed = false;

  /** At most four times a second. */
  readonly onDidChange: Event<SharingSnapshot> = this.#changed.event;

  constructor(components: SharingComponents, init: SharingInit) {
    this.#components = components;
    this.#init = init;
    this.#files = new SharedFiles(components);
    this.#limit = new UploadThrottle(components.clock);
    this.#files.onDidLook((files) => this.#digests?.want(files));
    this.#files.onDidChange(() => this.#pacer.request());
    this.#traffic.onDidChange(() => this.#pacer.request());
  }

  get shares(): readonly Share[] {
    return this.#files.shares;
  }

  /** Null while nobody listens. */
  get endpoint(): { readonly hostname: string; readonly port: number } | null {
    return this.#server === null ? null : { hostname: this.#server.host, port: this.#server.port };
  }

  get error(): TributaryError | null {
    return this.#error;
  }

  /** Resolves when it listens by the new settings, or has found out that it cannot. */
  async configure(settings: SeedSettings): Promise<void> {
    const before = this.#settings;
    this.#settings = settings;
    this.#limit.setLimit(settings.uploadBytesPerSecond);
    const same = (['host', 'key', 'seedNumber'] as const).every((name) => before[name] === settings[name]);
    // Other ports matter only when it is to be one of them, and the one that it has is none.
    const port = this.#server?.port;
    const stays = settings.seedNumber !== 0 || port === undefined || settings.ports.includes(port);
    if (!same || !stays) await this.#listenAnew({ close: true });
    else await this.#listenAnew({ close: false });
  }

  /** What an earlier process has shared. */
  async restore(shares: readonly Share[]): Promise<void> {
    this.#files.set(shares);
    await this.#listenAnew({ close: false });
  }

  /**
   * Shares a folder or a file from now on. What is shared already is not shared twice.
   * @throws TributaryError `bad-option`, `file-missing`, `share-unreadable`, and why it cannot listen
   */
  async share(path: string): Promise<Share> {
    if (!isAbsolute(path)) throw new TributaryError('bad-option', { what: `The path ${path} is not absolute.` });
    const wanted = await this.#classicFolder(resolve(path));
    const kind = await whatIsThere(wanted);
    if (kind === 'other')
      throw new TributaryError('share-unreadable', { path, reason: 'it is neither file nor folder' });
    await ensureReadable(wanted, kind);
    const known = this.shares.find((share) => share.path === wanted);
    if (known === undefined && this.shares.length >= MAX_SHARES)
      throw new TributaryError('bad-option', { what: `No more than ${MAX_SHARES} things can be shared.` });
    const share = known ?? { id: randomUUID().slice(0, 8), kind, path: wanted };
    if (known === undefined) this.#files.set([...this.shares, share]);
    await this.#listenAnew({ close: false });
    if (this.#error !== null && known === undefined) {
      this.#files.set(this.shares.filter(({ id }) => id !== share.id));
      const error = this.#error;
      await this.#listenAnew({ close: false });
      throw error;
    }
    this.#components.log('info', `${wanted} is shared`);
    this.#pacer.request();
    return share;
  }

  /** @throws TributaryError `not-shared` */
  async stop(id: ShareId): Promise<void> {
    const share = this.shares.find((candidate) => candidate.id === id);
    if (share === undefined) throw new TributaryError('not-shared', { id: id.slice(0, 40) });
    this.#files.set(this.shares.filter((candidate) => candidate !== share));
    this.#traffic.forget(id);
    // Whoever fetches something else from it goes on.
    await this.#listenAnew({ close: false });
    this.#components.log('info', `${share.path} is no longer shared`);
    this.#pacer.request();
  }

  async snapshot(): Promise<SharingSnapshot> {
    const contents = await this.#files.contents();
    const { endpoint } = this;
    return {
      state: this.shares.length === 0 ? 'off' : endpoint === null ? 'failed' : 'listening',
      address: endpoint === null ? null : authorityOf(endpoint),
      port: endpoint?.port ?? null,
      error: this.#error?.toInfo() ?? null,
      shares: contents.map((content) => this.#snapshotOf(content)),
      peers: this.#server?.peers ?? [],
      bytesServed: this.#traffic.totalBytes,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#presenceTimer);
    this.#pacer.dispose();
    await this.#listenAnew({ close: true });
    await this.#digests?.close();
  }

  #snapshotOf({ share, files, hidden, error }: ShareContent): SharingSnapshot['shares'][number] {
    const { endpoint } = this;
    const [only] = files;
    const name = share.kind === 'file' ? (only?.name ?? null) : null;
    const place = name === null ? '/files' : `/files/${encodeURIComponent(name)}`;
    return {
      ...share,
      files: files.length,
      hidden,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      address: endpoint === null ? null : seedUrl(endpoint, name),
      link: endpoint === null ? null : `http://${authorityOf(endpoint)}${place}`,
      bytesServed: this.#traffic.bytesOf(share.id),
      hashing: files.filter((file) => this.#digests?.isPending(file) === true).length,
      error: error ?? this.#error?.toInfo() ?? null,
    };
  }

  /** In the classic layout a seed serves the folder of its own number below the one that is given. */
  async #classicFolder(path: string): Promise<string> {
    if (this.#settings.layout !== 'classic') return path;
    const number = String(this.#settings.seedNumber || 1);
    const own = join(path, 'files', `seed${number}`, number);
    const kind = await whatIsThere(own).catch(() => null);
    return kind === 'folder' ? own : path;
  }

  /** Brings the server to what it should be now. @param options.close what is open is closed first */
  #listenAnew(options: { close: boolean }): Promise<void> {
    return this.#turns.take(() => this.#listen(options.close));
  }

  async #listen(close: boolean): Promise<void> {
    clearTimeout(this.#retryTimer);
    const wanted = this.shares.length > 0 && !this.#closed;
    // A seed that keeps its port keeps its address, also over a change of what it serves.
    const lastPort = this.#server?.port;
    if (close || !wanted) {
      this.#watch?.abort(new Error('nothing is shared any more'));
      this.#watch = null;
      await this.#server?.close();
      this.#server = null;
    }
    this.#error = null;
    if (!wanted || this.#server !== null) return;
    const { host, key } = this.#settings;
    try {
      const digests = await this.#openDigests();
      this.#server = await SeedServer.open(
        { files: this.#files, digests, traffic: this.#traffic, limit: this.#limit },
        { host, key, ports: this.#ports(lastPort), isLoopback: isLoopback(host) },
      );
      this.#watch = new AbortController();
      void watchShares({ clock: this.#components.clock, files: this.#files }, this.#watch);
      this.#components.log('info', `the seed listens on ${authorityOf({ hostname: host, port: this.#server.port })}`);
    } catch (caught) {
      const error = toTributaryError(caught);
      this.#error = error;
      this.#components.log('warn', `nothing can be shared: ${error.message}`);
      // Whoever has the port may go away.
      this.#retryTimer = setTimeout(() => void this.#listenAnew({ close: false }), RETRY_MS).unref();
    }
    this.#pacer.request();
  }

  async #openDigests(): Promise<DigestCache> {
    if (this.#digests !== null) return this.#digests;
    this.#digests = await DigestCache.open(this.#init.digestsPath);
    this.#digests.onDidChange(() => this.#pacer.request());
    return this.#digests;
  }

  #ports(lastPort: number | undefined): readonly number[] {
    if (this.#init.ports !== undefined) return this.#init.ports;
    const { seedNumber, ports } = this.#settings;
    if (seedNumber > 0) return [FIRST_SEED_PORT - 1 + seedNumber];
    return lastPort !== undefined && ports.includes(lastPort) ? [lastPort, ...ports] : ports;
  }

  async #tell(): Promise<void> {
    const snapshot = await this.snapshot();
    if (this.#closed) return;
    clearTimeout(this.#presenceTimer);
    if (snapshot.peers.length > 0) {
      this.#presenceTimer = setTimeout(() => this.#pacer.request(), PRESENCE_MS).unref();
    }
    this.#changed.fire(snapshot);
  }
}
