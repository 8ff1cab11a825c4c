import { isAbsolute, join } from 'node:path';
import type { RequestParams } from '../contract/engineApi.ts';
import { TributaryError, toTributaryError } from '../contract/errors.ts';
import type { HubFile, HubsChange, HubsSnapshot, JoinedHub, OwnHub } from '../contract/hub.ts';
import { systemClock } from '../kit/clock.ts';
import { Emitter, type Event } from '../kit/emitter.ts';
import { Pacer } from '../kit/pacer.ts';
import { settledWithin } from '../kit/settledWithin.ts';
import { Turns } from '../kit/turns.ts';
import { FollowingLease } from './followingLease.ts';
import { type FilesHeard, HubMembership } from './hubMembership.ts';
import { HubUploads } from './hubUploads.ts';
import type { Address } from './intake/address.ts';
import { DEFAULT_HUB_PORT, hubLink, parseHubAddress } from './intake/hubAddress.ts';
import { loadHubs, saveHubs } from './keptHubs.ts';
import { type HubPlace, labelOf } from './net/hubSession.ts';
import { HubSessions } from './net/hubSessions.ts';
import { DEFAULT_HUB_TIMINGS, type HubTimings } from './net/hubTimings.ts';
import { PendingFiles } from './pendingFiles.ts';
import type { HubFileRecord } from './protocols/hub/hubMessages.ts';
import { ServedHub } from './servedHub.ts';
import { memberName, ownMemberName } from './share/memberName.ts';
import { HubSource } from './sources/hub/hubSource.ts';

/** Four a second. */
const GAP_MS = 250;
const MOST_HUBS = 32;
/** How long the own hub of an earlier engine is waited for; usually it starts in a moment. */
const RESTORE_MS = 2000;

export interface HubsComponents {
  log(level: 'info' | 'warn', message: string): void;
  /** A key was given for that hub, or it answers again. */
  onLetIn(hub: string): void;
}

/** Everything that an engine has to do with share hubs: its own, those it has joined, what it puts there. */
export class Hubs {
  readonly #stateFolder: string | null;
  readonly #components: HubsComponents;
  readonly #sessions: HubSessions;
  readonly #timings: HubTimings;
  readonly #joined = new Map<string, HubMembership>();
  readonly #uploads: HubUploads;
  readonly #changes = new Emitter<HubsChange>();
  readonly #pacer = new Pacer(GAP_MS, () => this.#tell());
  #name = ownMemberName();
  readonly #own: ServedHub;
  /** Starts and stops of the own hub. */
  readonly #turns = new Turns();
  /** Since the last notification. */
  readonly #files = new PendingFiles();
  #changedUploads = new Set<string>();
  #removedUploads = new Set<string>();
  #restored = false;
  /** Until the own hub of an earlier engine has started, or cannot. */
  #restoring: AbortController | null = null;
  readonly #closing = new AbortController();

  /** At most 4 a second; only what changed. */
  readonly onDidChange: Event<HubsChange> = this.#changes.event;

  /** @param stateFolder null: nothing is kept */
  constructor(stateFolder: string | null, components: HubsComponents, timings: Partial<HubTimings> = {}) {
    this.#stateFolder = stateFolder;
    this.#components = components;
    this.#timings = { ...DEFAULT_HUB_TIMINGS, ...timings };
    this.#own = new ServedHub({
      log: (level, message) => components.log(level, message),
      onChange: () => this.#pacer.request(),
    });
    this.#sessions = new HubSessions(() => this.#name, this.#timings);
    this.#uploads = new HubUploads({
      sessions: this.#sessions,
      clock: systemClock,
      random: Math.random,
      placeOf: (hub) => this.#joined.get(hub)?.place ?? null,
    });
    this.#uploads.onDidChange((id) => {
      this.#changedUploads.add(id);
      this.#pacer.request();
    });
    this.#uploads.onDidRemove((id) => {
      this.#removedUploads.add(id);
      this.#pacer.request();
    });
    this.#uploads.onDidList(() => void this.#keep());
  }

  /** Brings back what an earlier engine in the same folder had: its hub, the hubs it was in, uploads under way. */
  async restore(): Promise<void> {
    const kept = await loadHubs(this.#stateFolder);
    if (kept !== null) {
      this.#name = kept.name;
      this.#uploads.remember(kept.shared);
      if (kept.own !== null) this.#own.remember(kept.own);
      for (const { host, port, needsKey } of kept.joined)
        this.#enter({ host, port, key: null }, { waitForKey: needsKey });
      for (const upload of kept.uploads) this.#uploads.restore(upload);
    }
    this.#restored = true;
    await settledWithin(RESTORE_MS, this.#restoreOwn());
  }

  /** It must not end now: others use the hub, or a file is on its way. */
  get isNeeded(): boolean {
    return this.#own.isOn || this.#restoring !== null || this.#uploads.running > 0;
  }

  /** A file on a hub as a source; the key of the link, or the one that the hub was joined with. */
  openSource(address: Address): HubSource {
    const { host, port } = parseHubAddress(address.host);
    const placeNow = (): HubPlace => {
      const key = address.authorization ?? this.#joined.get(address.host)?.place.key ?? null;
      return { host, port, key };
    };
    const fid = address.url.slice(address.url.lastIndexOf('/') + 1);
    return new HubSource(new FollowingLease(this.#sessions, placeNow), {
      link: address.url,
      fid,
      hub: address.host,
      timings: this.#timings,
      clock: systemClock,
    });
  }

  snapshot(): HubsSnapshot {
    return {
      name: this.#name,
      own: this.#own.snapshot(),
      joined: this.#joinedHubs(),
      files: [...this.#joined.values()].map((hub) => ({
        hub: hub.address,
        files: hub.files.map((file) => this.#fileOf(hub, file)),
      })),
      uploads: this.#uploads.snapshots,
    };
  }

  /**
   * Starts the hub of this engine and joins it. One that runs with other settings is ended first.
   * @throws TributaryError as `HubServer.start`, `bad-option` (a folder that is no absolute path)
   */
  async start(params: NonNullable<RequestParams<'startHub'>>): Promise<OwnHub> {
    const { host = '127.0.0.1', port = DEFAULT_HUB_PORT, key = null } = params;
    const folder = params.folder ?? (this.#stateFolder === null ? null : join(this.#stateFolder, 'hub'));
    if (folder === null || !isAbsolute(folder))
      throw new TributaryError('bad-option', { what: 'The folder of a hub is an absolute path.' });
    this.#rename(params.name);
    this.#restoring?.abort(new TributaryError('engine-lost'));
    // Two windows may ask in the same moment.
    return this.#turns.take(async () => {
      await this.#stop();
      const place = await this.#own.start({ host, port, folder, key }, this.#closing);
      // Whoever closes waits for this turn, and ends it.
      this.#closing.signal.throwIfAborted();
      this.#enter(place);
      this.#uploads.hubJoined(labelOf(place));
      await this.#keep();
      this.#pacer.request();
      return this.#own.snapshot() as OwnHub;
    });
  }

  /** Ends the own hub and leaves it; its files stay where they are. */
  stop(): Promise<void> {
    this.#restoring?.abort(new TributaryError('engine-lost'));
    return this.#turns.take(() => this.#stop());
  }

  /** @throws TributaryError `bad-option` */
  async join({ address, key, name }: RequestParams<'joinHub'>): Promise<{ readonly address: string }> {
    const place = this.#own.placeOf(parseHubAddress(address));
    this.#rename(name);
    const label = labelOf(place);
    if (!this.#joined.has(label) && this.#joined.size >= MOST_HUBS)
      throw new TributaryError('bad-option', { what: `At most ${MOST_HUBS} hubs can be joined.` });
    const given = key ?? place.key;
    const known = this.#joined.get(label);
    if (known === undefined || given !== null || known.state === 'key-needed') {
      // What it knows of the files is forgotten only by its clients' next look.
      this.#enter({ ...place, key: given ?? known?.place.key ?? null });
    } else known.hurry();
    this.#uploads.hubJoined(label);
    this.#components.onLetIn(label);
    await this.#keep();
    return { address: label };
  }

  /** @throws TributaryError `unknown-hub` */
  async leave(address: string): Promise<void> {
    const { address: label } = this.#get(address);
    this.#leave(label);
    this.#uploads.hubLeft(label);
    await this.#keep();
  }

  /** @returns the ids of the uploads, in the order of the paths. @throws TributaryError `unknown-hub`, `share-unreadable`, ... */
  async share(address: string, paths: readonly string[]): Promise<string[]> {
    const { address: label } = this.#get(address);
    const ids: string[] = [];
    for (const path of paths) ids.push(await this.#uploads.add(label, path));
    // What was answered outlives a crash.
    await this.#keep();
    return ids;
  }

  cancelShare(id: string): void {
    this.#uploads.remove(id);
  }

  /** @throws TributaryError `unknown-share`, those of `share` */
  async retryShare(id: string): Promise<void> {
    await this.#uploads.retry(id);
    await this.#keep();
  }

  clearShares(): void {
    this.#uploads.clearCompleted();
  }

  /** Takes a file off a hub: one's own, or any when the hub is this engine's. @throws TributaryError `unknown-hub`, `hub-refused`, ... */
  async remove(address: string, fid: string): Promise<void> {
    const hub = this.#get(address);
    if (this.#isOwn(hub.address) && this.#own.isOn) {
      this.#own.remove(fid);
      return;
    }
    const { signal } = this.#closing;
    const session = await hub.lease.session({ signal });
    await session.remove(fid, { signal });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new TributaryError('engine-lost'));
    this.#restoring?.abort(new TributaryError('engine-lost'));
    await this.#uploads.close();
    for (const hub of this.#joined.values()) hub.dispose();
    this.#sessions.close();
    // What is just starting is ended, too.
    await this.#turns.take(() => this.#own.stop());
    this.#pacer.dispose();
  }

  /** Files that were modified are hashed first: nobody waits for that who wants to speak to the engine. */
  async #restoreOwn(): Promise<void> {
    const restoring = new AbortController();
    this.#restoring = restoring;
    await this.#turns.take(() => this.#own.restore(restoring));
    this.#restoring = null;
    if (this.#own.label !== null) this.#joined.get(this.#own.label)?.hurry();
    this.#pacer.request();
  }

  /** From the next connection on. */
  #rename(name: string | undefined): void {
    if (name !== undefined && name.trim() !== '') this.#name = memberName(name);
  }

  async #stop(): Promise<void> {
    const { label } = this.#own;
    if (label === null) return;
    this.#leave(label);
    await this.#own.stop();
    await this.#keep();
    this.#pacer.request();
  }

  #enter(place: HubPlace, options: { waitForKey?: boolean } = {}): void {
    const label = labelOf(place);
    const before = this.#joined.get(label);
    const hub = new HubMembership(
      { sessions: this.#sessions, clock: systemClock, random: Math.random },
      place,
      before?.files ?? [],
      options,
    );
    before?.dispose();
    this.#joined.set(label, hub);
    hub.onDidHear((heard) => this.#heard(hub, heard));
    hub.onDidChange(() => {
      if (hub.state === 'joined') this.#components.onLetIn(label);
      this.#pacer.request();
    });
    hub.start();
    this.#pacer.request();
  }

  #leave(label: string): void {
    const hub = this.#joined.get(label);
    if (hub === undefined) return;
    this.#joined.delete(label);
    this.#files.forget(label);
    hub.dispose();
    this.#pacer.request();
  }

  #get(address: string): HubMembership {
    const label = labelOf(parseHubAddress(address));
    const hub = this.#joined.get(label);
    if (hub === undefined) throw new TributaryError('unknown-hub', { address: label });
    return hub;
  }

  #heard(hub: HubMembership, { added, news, removed }: FilesHeard): void {
    if (this.#joined.get(hub.address) !== hub) return;
    const { address } = hub;
    const fresh = new Set(news.map(({ fid }) => fid));
    for (const record of added) {
      const isNews = fresh.has(record.fid) && !this.#uploads.hasShared(address, record.fid);
      this.#files.added(address, this.#fileOf(hub, record), { isNews });
    }
    for (const fid of removed) this.#files.removed(address, fid);
    this.#pacer.request();
  }

  #tell(): void {
    if (this.#closing.signal.aborted) return;
    const files = this.#files.take();
    const uploads = [...this.#changedUploads].flatMap((id) => this.#uploads.snapshotOf(id) ?? []);
    const removedUploads = [...this.#removedUploads].filter((id) => this.#uploads.snapshotOf(id) === null);
    this.#changedUploads = new Set();
    this.#removedUploads = new Set();
    this.#changes.fire({ own: this.#own.snapshot(), joined: this.#joinedHubs(), files, uploads, removedUploads });
  }

  #joinedHubs(): JoinedHub[] {
    return [...this.#joined.values()].map((hub) => {
      const own = this.#isOwn(hub.address);
      const known = own ? this.#own.members : [];
      const members = new Set([this.#name, ...known, ...hub.files.map(({ uploader }) => uploader)]);
      const { address, state } = hub;
      return {
        address,
        state,
        error: hub.error?.toInfo() ?? null,
        own,
        files: hub.files.length,
        members: [...members],
      };
    });
  }

  #isOwn(label: string): boolean {
    return this.#own.label === label;
  }

  #fileOf(hub: HubMembership, record: HubFileRecord): HubFile {
    return {
      fid: record.fid,
      name: record.filename,
      sizeBytes: record.size,
      sha256: record.sha256,
      uploader: record.uploader,
      uploadedAt: record.uploaded_at,
      address: hubLink(hub.place, record.fid),
      mine: this.#isMine(hub, record),
    };
  }

  /** By its uid also what the same user has shared from a terminal. */
  #isMine(hub: HubMembership, { fid, uploader_uid }: HubFileRecord): boolean {
    return uploader_uid === hub.uid || this.#uploads.hasShared(hub.address, fid);
  }

  /** A state folder that cannot be written must not keep anybody from sharing. */
  async #keep(): Promise<void> {
    if (!this.#restored || this.#closing.signal.aborted) return;
    const { kept: own } = this.#own;
    const joined = [...this.#joined.values()].map(({ place: { host, port, key }, state }) => ({
      host,
      port,
      needsKey: key !== null || state === 'key-needed',
    }));
    try {
      const uploads = [...this.#uploads.kept];
      await saveHubs(this.#stateFolder, { name: this.#name, own, joined, shared: [...this.#uploads.shared], uploads });
    } catch (error) {
      this.#components.log('warn', `the hubs could not be saved: ${toTributaryError(error).message}`);
    }
  }
}
