import { PART_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';
import { ensureSpace } from '../disk/folder.ts';
import { removeFile } from '../disk/jsonFile.ts';
import { ownIdentity } from '../disk/processIdentity.ts';
import { addressKey, type ResumeRecord, writeResumeRecord } from '../disk/resumeRecord.ts';
import { provesSameVersion } from '../protocols/http/validators.ts';
import type { Source, SourceDescription } from '../sources/source.ts';
import { chunkSizeFor } from '../transfer/chunks.ts';
import { confirmOverlap } from '../transfer/confirmOverlap.ts';
import type { Interval } from '../transfer/intervalSet.ts';
import { Transfer } from '../transfer/transfer.ts';
import type { OpenedPart } from './openPart.ts';
import type { RunTaskComponents } from './runComponents.ts';
import type { Task } from './task.ts';

/** How often progress is looked at. */
const PROGRESS_MS = 250;

export interface FillPartInit {
  readonly source: Source;
  readonly described: SourceDescription;
  readonly opened: Extract<OpenedPart, { kind: 'part' }>;
  readonly maxLanes: number;
}

/**
 * Fetches what is missing into the part file and closes it, whatever happens; the resume record beside it is exact then,
 * and an empty part is taken away.
 * @throws TributaryError of network or disk; the signal's reason when aborted
 */
export async function fillPart(
  task: Task,
  components: RunTaskComponents,
  init: FillPartInit,
  options: { signal: AbortSignal },
): Promise<void> {
  const { described, opened } = init;
  const { part } = opened;
  const { sizeBytes } = described;
  try {
    const done = await trustedIntervals(init, options);
    if (sizeBytes !== null) {
      await ensureSpace(task.record.folder, sizeBytes - lengthOf(done));
      await part.setLength(sizeBytes);
    }
    const record = new RecordWriter(task, described);
    await record.begin(done);
    const transfer = new Transfer(
      { ...components, source: init.source, part, saveRecord: (finished) => record.save(finished) },
      {
        sizeBytes,
        ranges: described.ranges,
        versioned: provesSameVersion(described.version, described.version),
        done,
        maxLanes: init.maxLanes,
        chunks: {
          fileHash: task.record.checksum?.split(':')[1] ?? task.id,
          chunkSize: chunkSizeFor(sizeBytes),
          path: task.targetPath,
          emit: components.onChunk,
        },
      },
    );
    const finalBytes = await runWithProgress(task, transfer, components, options).catch(async (error: unknown) => {
      await part.close();
      if (transfer.progress().receivedBytes > 0) await record.end();
      else await removePart(task).catch(() => {});
      throw error;
    });
    task.update({ sizeBytes: finalBytes, receivedBytes: finalBytes });
    if (sizeBytes === null) await part.setLength(finalBytes);
  } finally {
    await part.close();
  }
}

/** Deletes what an unfinished task has left on disk. */
export async function removePart(task: Task): Promise<void> {
  if (task.record.targetName === null) return;
  await removeFile(task.targetPath + PART_SUFFIX);
  await removeFile(task.targetPath + RECORD_SUFFIX);
}

/** Keeps the resume record of one run. */
class RecordWriter {
  readonly #task: Task;
  #record: ResumeRecord;

  constructor(task: Task, { sizeBytes, version }: SourceDescription) {
    const link = task.secrets.address ?? task.record.address;
    this.#task = task;
    this.#record = {
      version: 1,
      addressKey: addressKey(link),
      address: task.record.display,
      size: sizeBytes,
      etag: version.etag,
      lastModified: version.lastModified,
      chunkSize: chunkSizeFor(sizeBytes),
      done: [],
      owner: ownIdentity(),
    };
  }

  async begin(done: readonly Interval[]): Promise<void> {
    await this.save(done);
    this.#task.unsavedRecord = null;
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

  #write(): Promise<void> {
    return writeResumeRecord(this.#task.targetPath + RECORD_SUFFIX, this.#record);
  }
}

async function runWithProgress(
  task: Task,
  transfer: Transfer,
  components: RunTaskComponents,
  options: { signal: AbortSignal },
): Promise<number> {
  const report = (): void => {
    const progress = transfer.progress();
    task.update({ receivedBytes: progress.receivedBytes });
    components.onProgress('downloading', progress);
  };
  report();
  const timer = components.clock.every(PROGRESS_MS, report);
  try {
    return await transfer.run(options);
  } finally {
    timer.dispose();
    report();
  }
}

/** What of an earlier run can be kept. */
async function trustedIntervals(
  { source, opened }: FillPartInit,
  options: { signal: AbortSignal },
): Promise<Interval[]> {
  const done = (opened.record?.done ?? []).map(([start, end]) => ({ start, end }));
  if (done.length === 0 || !opened.unproven) return done;
  const readPart = (range: Interval): Promise<Uint8Array> => opened.part.readAt(range);
  return (await confirmOverlap({ source, readPart }, done, options)) ? done : [];
}

function lengthOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { start, end }) => sum + end - start, 0);
}
