import { join } from 'node:path';
import type { TaskSecrets } from '../../contract/engineApi.ts';
import type { ErrorInfo, TributaryError } from '../../contract/errors.ts';
import type { SourceSnapshot, TaskId, TaskSnapshot, TaskStatus } from '../../contract/task.ts';
import type { ResumeRecord } from '../disk/resumeRecord.ts';
import { isFullForm, kindOf, parseAddress } from '../intake/address.ts';
import type { Source } from '../sources/source.ts';
import type { SourceSupply } from '../transfer/sourceSupply.ts';
import type { Throttle } from '../transfer/throttle.ts';
import type { TaskRecord } from './taskRecord.ts';
import { checkMove } from './taskState.ts';

/** Why a run of a task is stopped; the reason of its abort signal. */
export type StopReason = 'paused' | 'removed' | 'shutdown';

/** A run under way. */
export interface TaskRun {
  readonly abort: AbortController;
  /** Settles when everything the run had opened is closed; never rejects. */
  readonly ended: Promise<void>;
}

/** One download: what is kept of it, what must not be kept, and its run. */
export class Task {
  readonly id: TaskId;
  record: TaskRecord;
  status: TaskStatus;
  secrets: TaskSecrets;
  run: TaskRun | null = null;
  /** The next run starts from the first byte: the user knows that the file has changed. */
  restart = false;
  /** What the part file holds, while a full disk keeps it from being written down. */
  unsavedRecord: ResumeRecord | null = null;
  /** The sources of a run under way, so that one more can join. */
  supply: SourceSupply | null = null;
  /** What each source gave in the run under way. */
  given: ReadonlyMap<Source, number> = new Map();
  /** Limits this task alone. */
  readonly throttle: Throttle;
  #lastSources: readonly SourceSnapshot[] = [];
  /** Addresses as they are displayed, of links that stand for no source in this run. */
  readonly #failedLinks = new Map<string, ErrorInfo>();

  constructor(record: TaskRecord, secrets: TaskSecrets, throttle: Throttle) {
    this.id = record.id;
    this.throttle = throttle;
    throttle.setLimit(record.limitBytesPerSecond);
    this.record = record;
    this.status = record.status;
    this.secrets = secrets;
  }

  get targetPath(): string {
    return join(this.record.folder, this.record.targetName ?? this.record.guessedName);
  }

  /** The link that was given first, with everything a record leaves out. */
  get link(): string {
    return this.secrets.address ?? this.record.address;
  }

  /** Its mirrors likewise; without those whose secrets are missing since a restart. */
  get mirrorLinks(): string[] {
    return this.record.mirrors.flatMap(({ address, needsSecrets }) => {
      if (!needsSecrets) return [address];
      const full = this.secrets.mirrors?.find((link) => isFullForm(link, address));
      return full === undefined ? [] : [full];
    });
  }

  /** True when something that is never written down is missing since a restart. */
  get lacksSecrets(): boolean {
    return this.record.needsSecrets && this.secrets.address === undefined && this.secrets.headers === undefined;
  }

  /** @throws TributaryError `illegal-move` */
  moveTo(status: TaskStatus): void {
    if (status.state !== this.status.state) checkMove(this.status.state, status.state);
    this.status = status;
    this.record = { ...this.record, status: status.state === 'active' ? { state: 'queued' } : status };
  }

  update(changes: Partial<TaskRecord>): void {
    this.record = { ...this.record, ...changes };
  }

  snapshot(): TaskSnapshot {
    const { record } = this;
    return {
      id: record.id,
      name: record.targetName ?? record.guessedName,
      folder: record.folder,
      targetPath: this.targetPath,
      sizeBytes: record.sizeBytes,
      receivedBytes: record.receivedBytes,
      resumable: record.resumable,
      checksum: record.checksum ?? record.offeredChecksum,
      sources: this.#sources(),
      limitBytesPerSecond: record.limitBytesPerSecond,
      addedBy: record.addedBy,
      order: record.order,
      createdAt: record.createdAt,
      status: this.status,
    };
  }

  /** It stands for nothing that can be asked, in the run under way. */
  linkFailed(link: string, error: TributaryError): void {
    this.#failedLinks.set(parseAddress(link).display, error.toInfo());
  }

  runBegins(): void {
    this.#failedLinks.clear();
  }

  /** What its sources were like in the end stays to be seen until the next run. */
  runEnded(): void {
    this.#lastSources = this.#usedSources();
    // A source holds connections, caches and lists of blocks; the task may stay on the list for months.
    this.supply = null;
    this.given = new Map();
  }

  #usedSources(): readonly SourceSnapshot[] {
    const { supply } = this;
    if (supply === null) return this.#lastSources;
    // Of a single source that the task is called after, the task's own state tells.
    const alone = supply.sources.length === 1 && supply.sources[0]?.address === this.record.display;
    return supply.sources.map((source) => {
      const error = alone ? null : (supply.errorOf(source)?.toInfo() ?? null);
      const receivedBytes = this.given.get(source) ?? 0;
      return { kind: source.kind, address: source.address, receivedBytes, error };
    });
  }

  /** What was given comes first, whatever it led to. */
  #sources(): SourceSnapshot[] {
    const { display, mirrors } = this.record;
    const used = this.#usedSources();
    const given = [display, ...mirrors.map((mirror) => mirror.display)];
    const known = given.map((address) => used.find((source) => source.address === address));
    const all = [
      ...known.map((source, n) => source ?? this.#unopened(given[n] ?? '')),
      ...used.filter(({ address }) => !given.includes(address)),
    ];
    return all.length === 1 ? all.map((source) => ({ ...source, receivedBytes: this.record.receivedBytes })) : all;
  }

  #unopened(address: string): SourceSnapshot {
    return { kind: kindOf(address), address, receivedBytes: 0, error: this.#failedLinks.get(address) ?? null };
  }
}
