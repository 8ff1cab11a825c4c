import { isAbsolute } from 'node:path';
import { TributaryError, toTributaryError } from '../contract/errors.ts';
import type { HubUpload, HubUploadStatus } from '../contract/hub.ts';
import type { Clock } from '../kit/clock.ts';
import { Emitter, type Event } from '../kit/emitter.ts';
import { ReadableFile } from './disk/readableFile.ts';
import type { HubPlace } from './net/hubSession.ts';
import type { HubSessions } from './net/hubSessions.ts';
import { shareFid } from './share/shareFid.ts';
import { uploadToHub } from './share/uploadToHub.ts';
import { SpeedMeter } from './transfer/speedMeter.ts';

/** Uploads that run at the same time; a hub gives one client as many. */
const MOST_AT_ONCE = 4;
/** Of which it is remembered that they are this user's own; the oldest are forgotten. */
const MOST_REMEMBERED = 5000;

/** What is kept of an upload that is not complete. */
export interface KeptUpload {
  readonly hub: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly createdAt: number;
}

interface Upload extends KeptUpload {
  readonly id: string;
  readonly name: string;
  readonly fid: string;
  readonly meter: SpeedMeter;
  sentBytes: number;
  status: HubUploadStatus;
  abort: AbortController | null;
}

export interface HubUploadsComponents {
  readonly sessions: HubSessions;
  readonly clock: Clock;
  readonly random: () => number;
  /** Null: that hub is not joined. */
  placeOf(hub: string): HubPlace | null;
}

/** The files that this engine puts on hubs. */
export class HubUploads {
  readonly #components: HubUploadsComponents;
  readonly #uploads = new Map<string, Upload>();
  /** Ids of everything that this user has shared, complete or not. A hub's uid may be another one after a restart. */
  readonly #shared = new Set<string>();
  readonly #runs = new Set<Promise<void>>();
  readonly #changed = new Emitter<string>();
  readonly #removed = new Emitter<string>();
  readonly #listed = new Emitter<void>();
  #closing = false;

  /** Its id; often. */
  readonly onDidChange: Event<string> = this.#changed.event;
  readonly onDidRemove: Event<string> = this.#removed.event;
  /** What is to be kept is another list than before. */
  readonly onDidList: Event<void> = this.#listed.event;

  constructor(components: HubUploadsComponents) {
    this.#components = components;
  }

  get kept(): readonly KeptUpload[] {
    return [...this.#uploads.values()].flatMap(({ status, hub, path, sizeBytes, modifiedMs, createdAt }) =>
      status.state === 'completed' ? [] : [{ hub, path, sizeBytes, modifiedMs, createdAt }],
    );
  }

  get shared(): readonly string[] {
    return [...this.#shared].slice(-MOST_REMEMBERED);
  }

  /** From an earlier engine. */
  remember(shared: readonly string[]): void {
    for (const id of shared) this.#shared.add(id);
  }

  get snapshots(): readonly HubUpload[] {
    return [...this.#uploads.values()].map((upload) => this.#snapshot(upload));
  }

  get running(): number {
    return this.#runs.size;
  }

  /** Whether this engine has shared that file. */
  hasShared(hub: string, fid: string): boolean {
    return this.#shared.has(idOf(hub, fid));
  }

  snapshotOf(id: string): HubUpload | null {
    const upload = this.#uploads.get(id);
    return upload === undefined ? null : this.#snapshot(upload);
  }

  /** Shares a file as it is now; the same state of it only once. @throws TributaryError `share-unreadable`, disk errors */
  async add(hub: string, path: string): Promise<string> {
    if (!isAbsolute(path)) throw new TributaryError('bad-option', { what: `${path} is not an absolute path.` });
    const file = await ReadableFile.open(path);
    const { sizeBytes, modifiedMs } = file;
    await file.close();
    const id = this.restore({ hub, path, sizeBytes, modifiedMs, createdAt: Date.now() });
    // What failed of it in an earlier state can never be sent any more.
    for (const other of [...this.#uploads.values()])
      if (other.hub === hub && other.path === path && other.id !== id && other.status.state === 'failed')
        this.remove(other.id);
    return id;
  }

  /** Goes on with what an earlier engine has begun. */
  restore(kept: KeptUpload): string {
    const fid = shareFid(kept);
    const id = idOf(kept.hub, fid);
    const known = this.#uploads.get(id);
    // What is complete may have been removed from the hub meanwhile.
    if (known !== undefined && known.status.state !== 'completed' && known.status.state !== 'failed') return id;
    this.#shared.add(id);
    this.#uploads.set(id, {
      ...kept,
      id,
      fid,
      name: kept.path.split(/[\\/]/).at(-1) ?? kept.path,
      meter: new SpeedMeter(this.#components.clock.nowMs()),
      sentBytes: 0,
      status: { state: 'queued' },
      abort: null,
    });
    this.#listed.fire();
    this.#changed.fire(id);
    this.#startNext();
    return id;
  }

  /** Stops it when it runs, and takes it off the list; a file that is on the hub stays there. @throws `unknown-share` */
  remove(id: string): void {
    const upload = this.#get(id);
    this.#uploads.delete(id);
    upload.abort?.abort(new TributaryError('connection-lost'));
    this.#removed.fire(id);
    this.#listed.fire();
  }

  /** Tries what failed once more; a file that has changed is shared as it is now. @throws TributaryError `unknown-share`, as `add` */
  async retry(id: string): Promise<void> {
    const upload = this.#get(id);
    if (upload.status.state === 'failed' && upload.status.error.code === 'share-changed') {
      await this.add(upload.hub, upload.path);
      return;
    }
    if (upload.status.state === 'failed') this.#set(upload, { state: 'queued' });
    this.#startNext();
  }

  clearCompleted(): void {
    for (const { id, status } of [...this.#uploads.values()]) if (status.state === 'completed') this.remove(id);
  }

  /** Those that waited for that hub's key, or for it to be joined. */
  hubJoined(hub: string): void {
    for (const upload of this.#uploads.values()) {
      const { status } = upload;
      const waited = status.state === 'failed' && ['hub-key-needed', 'unknown-hub'].includes(status.error.code);
      if (upload.hub === hub && waited) this.#set(upload, { state: 'queued' });
    }
    this.#startNext();
  }

  hubLeft(hub: string): void {
    for (const { id, hub: of, status } of [...this.#uploads.values()])
      if (of === hub && status.state !== 'completed') this.remove(id);
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const { abort } of this.#uploads.values()) abort?.abort(new TributaryError('engine-lost'));
    await Promise.all(this.#runs);
  }

  #startNext(): void {
    for (const upload of this.#uploads.values()) {
      if (this.#closing || this.#runs.size >= MOST_AT_ONCE) return;
      if (upload.status.state !== 'queued' || upload.abort !== null) continue;
      const run = this.#run(upload).finally(() => {
        upload.abort = null;
        this.#runs.delete(run);
        this.#startNext();
      });
      this.#runs.add(run);
    }
  }

  async #run(upload: Upload): Promise<void> {
    const abort = new AbortController();
    upload.abort = abort;
    const { sessions, clock, random, placeOf } = this.#components;
    const place = placeOf(upload.hub);
    if (place === null) {
      this.#set(upload, {
        state: 'failed',
        error: new TributaryError('unknown-hub', { address: upload.hub }).toInfo(),
      });
      return;
    }
    const lease = sessions.lease(place);
    this.#set(upload, active(null));
    try {
      await uploadToHub(
        {
          lease,
          clock,
          random,
          onPhase: (phase, waiting) =>
            this.#set(upload, phase === 'checking' ? { state: 'checking' } : active(waiting)),
          onSent: (bytes) => {
            upload.meter.add(Math.max(0, bytes - upload.sentBytes));
            upload.sentBytes = bytes;
            this.#changed.fire(upload.id);
          },
        },
        { ...upload, budget: null },
        { signal: abort.signal },
      );
      upload.sentBytes = upload.sizeBytes;
      this.#set(upload, { state: 'completed', finishedAt: Date.now() });
      this.#listed.fire();
    } catch (caught) {
      if (abort.signal.aborted) return;
      const error = toTributaryError(caught);
      // The key came while it waited for a hub that was away; it went on with what was known before.
      const hasNewKey = error.code === 'hub-key-needed' && (placeOf(upload.hub)?.key ?? null) !== place.key;
      this.#set(upload, hasNewKey ? { state: 'queued' } : { state: 'failed', error: error.toInfo() });
    } finally {
      lease.dispose();
    }
  }

  #get(id: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload === undefined) throw new TributaryError('unknown-share', { id: id.slice(0, 80) });
    return upload;
  }

  #set(upload: Upload, status: HubUploadStatus): void {
    upload.status = status;
    if (this.#uploads.get(upload.id) === upload) this.#changed.fire(upload.id);
  }

  #snapshot({ id, hub, fid, path, name, sizeBytes, sentBytes, createdAt, status, meter }: Upload): HubUpload {
    const shown =
      status.state === 'active' ? { ...status, bytesPerSecond: meter.read(this.#components.clock.nowMs()) } : status;
    return { id, hub, fid, path, name, sizeBytes, sentBytes, createdAt, status: shown };
  }
}

function active(waiting: TributaryError | null): HubUploadStatus {
  return { state: 'active', bytesPerSecond: 0, waiting: waiting?.toInfo() ?? null };
}

function idOf(hub: string, fid: string): string {
  return `${hub}/${fid}`;
}
