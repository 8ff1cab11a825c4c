import type { ErrorInfo } from '../../contract/errors.ts';
import type {
  HubAddressText,
  HubFile,
  HubsChange,
  HubsSnapshot,
  HubUpload,
  JoinedHub,
  OwnHub,
} from '../../contract/hub.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';

/** A hub as its line in the view shows it. */
export interface HubState {
  readonly address: HubAddressText;
  /** `failed`: the hub of this engine, which could not be started again. */
  readonly state: JoinedHub['state'] | 'failed';
  readonly error: ErrorInfo | null;
  /** Null: somebody else's. */
  readonly own: OwnHub | null;
  /** Oneself first. Of the own hub whoever is connected; of others, which do not tell, who has shared something. */
  readonly members: readonly string[];
}

export interface SharedFile {
  readonly hub: HubAddressText;
  readonly file: HubFile;
}

/** What happened, as far as a person may want to be told; views draw whatever has changed. */
export interface HubMirrorChange {
  /** Files that somebody else has just shared. */
  readonly news: readonly SharedFile[];
  readonly removed: readonly { readonly hub: HubAddressText; readonly fid: string }[];
  readonly failedUploads: readonly HubUpload[];
}

const NOTHING: HubMirrorChange = { news: [], removed: [], failedUploads: [] };

/** The editor's one copy of what the engine knows of share hubs. */
export class HubMirror {
  readonly #changed = new Emitter<HubMirrorChange>();
  readonly #files = new Map<HubAddressText, Map<string, HubFile>>();
  readonly #uploads = new Map<string, HubUpload>();
  #name = '';
  #own: OwnHub | null = null;
  #joined: readonly JoinedHub[] = [];
  #filled = false;

  readonly onDidChange: Event<HubMirrorChange> = this.#changed.event;

  /** What other members see of this user. */
  get name(): string {
    return this.#name;
  }

  get own(): OwnHub | null {
    return this.#own;
  }

  /** The own one first. */
  get hubs(): readonly HubState[] {
    const own = this.#own;
    const states = this.#joined.map((hub) => this.#stateOf(hub));
    if (own !== null && !this.#joined.some(({ address }) => address === own.address)) states.push(aloneState(own));
    return states.sort((left, right) => Number(right.own !== null) - Number(left.own !== null));
  }

  hub(address: HubAddressText): HubState | null {
    return this.hubs.find((hub) => hub.address === address) ?? null;
  }

  filesOf(hub: HubAddressText): readonly HubFile[] {
    return [...(this.#files.get(hub)?.values() ?? [])];
  }

  file(hub: HubAddressText, fid: string): HubFile | null {
    return this.#files.get(hub)?.get(fid) ?? null;
  }

  /** Those that are not complete: what is, is one of the hub's files. */
  uploadsTo(hub: HubAddressText): readonly HubUpload[] {
    return [...this.#uploads.values()].filter((upload) => upload.hub === hub && upload.status.state !== 'completed');
  }

  upload(id: string): HubUpload | null {
    return this.#uploads.get(id) ?? null;
  }

  /** Takes over everything, as it comes after each connect. */
  replaceAll({ name, own, joined, files, uploads }: HubsSnapshot): void {
    this.#filled = true;
    this.#name = name;
    this.#own = own;
    this.#joined = joined;
    this.#files.clear();
    for (const hub of files) this.#files.set(hub.hub, new Map(hub.files.map((file) => [file.fid, file])));
    this.#uploads.clear();
    for (const upload of uploads) this.#uploads.set(upload.id, upload);
    this.#changed.fire(NOTHING);
  }

  /** What comes before the first whole picture is left out: that one holds it. */
  apply({ own, joined, files, uploads, removedUploads }: HubsChange): void {
    if (!this.#filled) return;
    this.#own = own;
    this.#joined = joined;
    const news: SharedFile[] = [];
    const removed: { hub: HubAddressText; fid: string }[] = [];
    for (const { hub, added, news: newFids, removed: removedFids } of files) {
      const known = this.#files.get(hub) ?? new Map<string, HubFile>();
      this.#files.set(hub, known);
      for (const fid of removedFids) if (known.delete(fid)) removed.push({ hub, fid });
      for (const file of added) known.set(file.fid, file);
      for (const file of added) if (newFids.includes(file.fid)) news.push({ hub, file });
    }
    for (const hub of [...this.#files.keys()]) {
      if (joined.some(({ address }) => address === hub)) continue;
      for (const { fid } of this.filesOf(hub)) removed.push({ hub, fid });
      this.#files.delete(hub);
    }
    const failedUploads = uploads.filter(
      ({ id, status }) => status.state === 'failed' && this.#uploads.get(id)?.status.state !== 'failed',
    );
    for (const upload of uploads) this.#uploads.set(upload.id, upload);
    for (const id of removedUploads) this.#uploads.delete(id);
    this.#changed.fire({ news, removed, failedUploads });
  }

  /** While no engine is there nothing moves. */
  markDisconnected(): void {
    this.#joined = this.#joined.map((hub) => ({ ...hub, state: 'connecting', error: null }));
    for (const upload of this.#uploads.values()) {
      const { status } = upload;
      if (status.state !== 'active') continue;
      this.#uploads.set(upload.id, { ...upload, status: { ...status, bytesPerSecond: 0 } });
    }
    this.#changed.fire(NOTHING);
  }

  #stateOf(hub: JoinedHub): HubState {
    const own = hub.own ? this.#own : null;
    if (own !== null && own.state !== 'on') return aloneState(own);
    const { address, state, error, members } = hub;
    return { address, state, error, own, members: own === null ? members : ownFirst(own.members, this.#name) };
  }
}

/** In the order in which they have come, but for the user. */
function ownFirst(members: readonly string[], name: string): readonly string[] {
  const at = members.indexOf(name);
  return at < 0 ? members : [name, ...members.toSpliced(at, 1)];
}

/** The own hub while it does not run. */
function aloneState(own: OwnHub): HubState {
  const state = own.state === 'on' ? 'connecting' : own.state;
  return { address: own.address, state, error: own.error, own, members: own.members };
}
