import { RECORD_SUFFIX } from '../../kit/partNames.ts';
import { ownIdentity } from '../disk/processIdentity.ts';
import { type RecordedSource, type ResumeRecord, writeResumeRecord } from '../disk/resumeRecord.ts';
import type { FileVersion, Source } from '../sources/source.ts';
import { chunkSizeFor } from '../transfer/chunks.ts';
import type { Interval } from '../transfer/intervalSet.ts';
import type { DescribedSource } from '../transfer/sourceSupply.ts';
import type { Task } from './task.ts';

/** Keeps the resume record of one run. */
export class PartRecord {
  readonly #task: Task;
  #record: ResumeRecord;

  /** @param earlier what an earlier run has left: bytes of its sources may be in the part */
  constructor(task: Task, lead: DescribedSource, earlier: ResumeRecord | null) {
    this.#task = task;
    this.#record = firstRecord(task, lead);
    for (const known of earlier?.sources ?? []) this.#addSource(known);
  }

  /** A part that an earlier run has left is gone on with; beside a new one the first record lies already. */
  async goOn(done: readonly Interval[]): Promise<void> {
    await this.save(done);
    this.#task.unsavedRecord = null;
  }

  /** Bytes of this one come in, too; it is written down with the next save. */
  join(source: DescribedSource): void {
    this.#addSource(recorded(source));
  }

  /** What it gave when it was first used for this part; null: nothing is known of it. */
  versionOf(source: Source): FileVersion | null {
    return this.#record.sources.find(({ key }) => key === source.key) ?? null;
  }

  async save(done: readonly Interval[]): Promise<void> {
    // Of a file without length nothing can be gone on with, so the record promises nothing.
    const kept = this.#record.size === null ? [] : done;
    this.#record = { ...this.#record, done: kept.map(({ start, end }) => [start, end]) };
    await this.#write();
  }

  /** The part is free for whoever goes on with it. Never fails: what ended the run is what is told. */
  async end(): Promise<void> {
    this.#record = { ...this.#record, owner: null };
    await this.#write().catch(() => {
      // The disk is full, say; what is on it is not forgotten while this process lives.
      this.#task.unsavedRecord = this.#record;
    });
  }

  #addSource(source: RecordedSource): void {
    const { sources } = this.#record;
    if (sources.some(({ key }) => key === source.key)) return;
    this.#record = { ...this.#record, sources: [...sources, source] };
  }

  #write(): Promise<void> {
    return writeResumeRecord(this.#task.targetPath + RECORD_SUFFIX, this.#record);
  }
}

/** Of an empty part that this process is about to fill. */
export function firstRecord(task: Task, lead: DescribedSource): ResumeRecord {
  const { sizeBytes } = lead.described;
  return {
    version: 2,
    address: task.record.display,
    sources: [recorded(lead)],
    size: sizeBytes,
    chunkSize: chunkSizeFor(sizeBytes),
    done: [],
    owner: ownIdentity(),
  };
}

function recorded({ source, described }: DescribedSource): RecordedSource {
  const { etag, lastModified } = described.version;
  return { key: source.key, etag, lastModified };
}
