import { join } from 'node:path';
import { toTributaryError } from '../../contract/errors.ts';
import type { ActivePhase, Verification } from '../../contract/task.ts';
import { sleep } from '../../kit/abort.ts';
import { PART_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';
import { ensureFolder, ensureSpace } from '../disk/folder.ts';
import { removeFile } from '../disk/jsonFile.ts';
import { ownIdentity } from '../disk/processIdentity.ts';
import { addressKey, type ResumeRecord, readResumeRecord, writeResumeRecord } from '../disk/resumeRecord.ts';
import type { Checksum } from '../intake/checksum.ts';
import { safeFileName } from '../intake/fileName.ts';
import { provesSameVersion } from '../protocols/http/validators.ts';
import type { ByteRange, Source, SourceDescription } from '../sources/source.ts';
import { retryDelayMs } from '../transfer/backoff.ts';
import { chunkSizeFor } from '../transfer/chunks.ts';
import type { ChunkEvent } from '../transfer/chunkTracker.ts';
import { confirmOverlap } from '../transfer/confirmOverlap.ts';
import { type Interval, IntervalSet } from '../transfer/intervalSet.ts';
import type { Throttle } from '../transfer/throttle.ts';
import { Transfer, type TransferProgress } from '../transfer/transfer.ts';
import { completeFile } from './completeFile.ts';
import { type OpenedPart, openPart } from './openPart.ts';
import type { Task } from './task.ts';

/** How often progress is looked at; the engine passes on no more than that either. */
const PROGRESS_MS = 250;

/** No more than the shortest run, so that nothing comes that another lane fetches, too. */
const PROBE_BYTES = 1024 * 1024;

export interface RunTaskComponents {
  readonly openSource: (task: Task) => Source;
  readonly throttle: Throttle;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Claims the path for the task; false when it collides with another task's files. */
  readonly reserve: (task: Task, path: string) => boolean;
  readonly onChunk: (event: ChunkEvent) => void;
  /** Something in `task.record` or the state below has changed. */
  readonly onProgress: (phase: ActivePhase, progress: TransferProgress) => void;
}

export interface FinishedFile {
  readonly verification: Verification;
  /** Lower-case hex; null when it was not computed. */
  readonly sha256: string | null;
  /**
   * The resume record, to be deleted once the task is written down as complete: if the process ends before that, the
   * record is what tells the finished file from a stranger's.
   */
  readonly recordPath: string;
}

const IDLE: TransferProgress = { receivedBytes: 0, bytesPerSecond: 0, secondsLeft: null, lanes: 0, waiting: null };

/**
 * Takes a download from first contact to the finished file, or as far as it gets. Everything it opens is closed when it
 * settles, and the part file's record is exact.
 * @throws TributaryError with the code of what went wrong; the signal's reason when aborted
 */
export async function runTask(
  task: Task,
  components: RunTaskComponents,
  init: { maxLanes: number; checksum: Checksum | null },
  options: { signal: AbortSignal },
): Promise<FinishedFile> {
  const source = components.openSource(task);
  try {
    components.onProgress('connecting', { ...IDLE, receivedBytes: task.record.receivedBytes });
    await ensureFolder(task.record.folder);
    const described = await describeWithRetries(task, source, components, options);
    task.update({ sizeBytes: described.sizeBytes, resumable: described.ranges });
    const opened = await openPart({
      folder: task.record.folder,
      name: (task.record.fileName === null ? null : safeFileName(task.record.fileName)) ?? described.suggestedName,
      ownName: task.record.targetName,
      addressKey: addressKey(linkOf(task)),
      unsavedRecord: task.unsavedRecord,
      policy: task.record.exists,
      restart: task.restart,
      described,
      host: new URL(task.record.address).host,
      reserve: (name) => components.reserve(task, join(task.record.folder, name)),
    });
    task.restart = false;
    task.update({ targetName: opened.name });
    if (opened.kind === 'part') await fillPart(task, source, described, opened, components, init.maxLanes, options);
    return await completeFile(task, init.checksum, components, { partExists: opened.kind === 'part' }, options);
  } finally {
    source.close();
  }
}

/** The link that identifies the task's file, with everything a record leaves out. */
function linkOf(task: Task): string {
  return task.secrets.address ?? task.record.address;
}

async function describeWithRetries(
  task: Task,
  source: Source,
  components: RunTaskComponents,
  options: { signal: AbortSignal },
): Promise<SourceDescription> {
  const wanted = await firstMissing(task);
  for (let failures = 1; ; failures++) {
    try {
      return await source.describe(wanted === null ? options : { ...options, wanted });
    } catch (caught) {
      options.signal.throwIfAborted();
      const error = toTributaryError(caught);
      const delayMs = retryDelayMs(error, failures, task.record.receivedBytes > 0, components.random());
      if (delayMs === null) throw error;
      components.onProgress('connecting', {
        ...IDLE,
        receivedBytes: task.record.receivedBytes,
        waiting: error.toInfo(),
      });
      await sleep(delayMs, options);
    }
  }
}

/** What an earlier run of the same link has left to do first; null when there was none. The first request asks for just that. */
async function firstMissing(task: Task): Promise<ByteRange | null> {
  const record = task.unsavedRecord ?? (await readResumeRecord(task.targetPath + RECORD_SUFFIX));
  if (record === null || record.size === null || record.size === 0 || record.done.length === 0 || task.restart)
    return null;
  if (record.addressKey !== addressKey(linkOf(task))) return null;
  const done = new IntervalSet(record.done.map(([start, end]) => ({ start, end })));
  const gap = done.missing(record.size).first ?? { start: record.size - 1, end: record.size };
  return { start: gap.start, end: Math.min(gap.end, gap.start + PROBE_BYTES) };
}

async function fillPart(
  task: Task,
  source: Source,
  described: SourceDescription,
  opened: Extract<OpenedPart, { kind: 'part' }>,
  components: RunTaskComponents,
  maxLanes: number,
  options: { signal: AbortSignal },
): Promise<void> {
  const { part } = opened;
  try {
    const done = await trustedIntervals(source, opened, options);
    const { sizeBytes } = described;
    if (sizeBytes !== null) {
      const doneBytes = done.reduce((sum, { start, end }) => sum + end - start, 0);
      await ensureSpace(task.record.folder, sizeBytes - doneBytes);
      await part.setLength(sizeBytes);
    }
    const recordPath = task.targetPath + RECORD_SUFFIX;
    const record = recordOf(task, described);
    const save = (finished: readonly Interval[], owner: ResumeRecord['owner']): Promise<void> =>
      writeResumeRecord(recordPath, { ...record, done: finished.map(({ start, end }) => [start, end]), owner });
    const owner = ownIdentity();
    let safe: readonly Interval[] = done;
    await save(done, owner);
    task.unsavedRecord = null;
    const transfer = new Transfer(
      {
        source,
        part,
        throttle: components.throttle,
        nowMs: components.nowMs,
        random: components.random,
        // Of a file without length nothing can be gone on with, so the record promises nothing.
        saveRecord: async (finished) => {
          safe = sizeBytes === null ? [] : finished;
          await save(safe, owner);
        },
      },
      {
        sizeBytes,
        ranges: described.ranges,
        versioned: provesSameVersion(described.version, described.version),
        done,
        maxLanes,
        chunks: {
          fileHash: task.record.checksum?.split(':')[1] ?? task.id,
          chunkSize: record.chunkSize,
          path: task.targetPath,
          emit: components.onChunk,
        },
      },
    );
    const finalBytes = await runWithProgress(task, transfer, components, options).catch(async (error: unknown) => {
      await part.close();
      const kept = transfer.progress().receivedBytes > 0;
      await letGo(task, kept ? () => save(safe, null) : null).catch(() => {
        // The disk is full, say. What went wrong first is what is told, and what is on the disk is not forgotten.
        task.unsavedRecord = { ...record, done: safe.map(({ start, end }) => [start, end]), owner: null };
      });
      throw error;
    });
    task.update({ sizeBytes: finalBytes, receivedBytes: finalBytes });
    if (sizeBytes === null) await part.setLength(finalBytes);
  } finally {
    await part.close();
  }
}

/** After a run that did not complete: a part with something in it is free for whoever goes on; an empty one is litter. */
async function letGo(task: Task, save: (() => Promise<void>) | null): Promise<void> {
  if (save === null) await removePart(task);
  else await save();
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
  const timer = setInterval(report, PROGRESS_MS);
  try {
    return await transfer.run(options);
  } finally {
    clearInterval(timer);
    report();
  }
}

/** What of an earlier run can be kept. */
async function trustedIntervals(
  source: Source,
  opened: Extract<OpenedPart, { kind: 'part' }>,
  options: { signal: AbortSignal },
): Promise<Interval[]> {
  const done = (opened.record?.done ?? []).map(([start, end]) => ({ start, end }));
  if (done.length === 0 || !opened.unproven) return done;
  const readPart = (range: { start: number; end: number }): Promise<Uint8Array> => opened.part.readAt(range);
  return (await confirmOverlap({ source, readPart }, done, options)) ? done : [];
}

function recordOf(task: Task, described: SourceDescription): Omit<ResumeRecord, 'done' | 'owner'> {
  return {
    version: 1,
    addressKey: addressKey(linkOf(task)),
    address: task.record.display,
    size: described.sizeBytes,
    etag: described.version.etag,
    lastModified: described.version.lastModified,
    chunkSize: chunkSizeFor(described.sizeBytes),
  };
}

/** Deletes what an unfinished task has left on disk. */
export async function removePart(task: Task): Promise<void> {
  if (task.record.targetName === null) return;
  const target = task.targetPath;
  await removeFile(target + PART_SUFFIX);
  await removeFile(target + RECORD_SUFFIX);
}
