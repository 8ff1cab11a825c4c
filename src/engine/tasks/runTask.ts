import { join } from 'node:path';
import type { Checksum } from '../../contract/checksum.ts';
import { TributaryError } from '../../contract/errors.ts';
import { ChildAbort } from '../../kit/abort.ts';
import { RECORD_SUFFIX } from '../../kit/partNames.ts';
import { ensureFolder } from '../disk/folder.ts';
import { mayExist } from '../disk/folderNames.ts';
import { type ResumeRecord, readResumeRecord } from '../disk/resumeRecord.ts';
import { formatChecksum } from '../intake/checksum.ts';
import { safeFileName } from '../intake/fileName.ts';
import type { ByteRange, Source } from '../sources/source.ts';
import { IntervalSet } from '../transfer/intervalSet.ts';
import { completePart, completePresent } from './completeFile.ts';
import { type ContactedFile, contactSources } from './contactSources.ts';
import { fillPart } from './fillPart.ts';
import { IDLE_PROGRESS } from './idleProgress.ts';
import { openPart } from './openPart.ts';
import { firstRecord } from './partRecord.ts';
import type { FinishedFile, RunTaskComponents } from './runComponents.ts';
import type { Task } from './task.ts';

/** No more than the shortest run, so that nothing comes that another lane fetches, too. */
const PROBE_BYTES = 1024 * 1024;

/** One for all: to make an error, with its stack, for each run costs more than to stop it. */
const RUN_OVER = new Error('the run is over');

export interface RunTaskInit {
  readonly maxLanes: number;
  readonly checksum: Checksum | null;
  /** Look for a checksum file when nobody offers a checksum. */
  readonly findChecksum: boolean;
}

/**
 * Takes a download from first contact to the finished file, or as far as it gets. Everything it opens is closed when it
 * settles, and the part file's record is exact.
 * @throws TributaryError with the code of what went wrong; the signal's reason when aborted
 */
export async function runTask(
  task: Task,
  components: RunTaskComponents,
  init: RunTaskInit,
  options: { signal: AbortSignal },
): Promise<FinishedFile> {
  // What looks for checksums beside the transfer ends with it.
  const life = new ChildAbort(options.signal);
  try {
    return await run(task, components, init, { signal: life.signal });
  } catch (error) {
    options.signal.throwIfAborted();
    throw asExpired(task, error);
  } finally {
    task.runEnded();
    life.abort(RUN_OVER);
    life.dispose();
  }
}

async function run(
  task: Task,
  components: RunTaskComponents,
  init: RunTaskInit,
  options: { signal: AbortSignal },
): Promise<FinishedFile> {
  components.onProgress('connecting', { ...IDLE_PROGRESS, receivedBytes: task.record.receivedBytes });
  await ensureFolder(task.record.folder);
  const earlier = task.unsavedRecord ?? (await leftRecord(task));
  const wanted = (source: Source): ByteRange | null => firstMissing(task, earlier, source);
  const contacted = await contactSources(task, components, { ...init, wanted }, options);
  try {
    return await download(task, components, { ...init, contacted }, options);
  } finally {
    await contacted.supply.close();
  }
}

async function download(
  task: Task,
  components: RunTaskComponents,
  init: RunTaskInit & { contacted: ContactedFile },
  options: { signal: AbortSignal },
): Promise<FinishedFile> {
  const { lead, expected } = init.contacted;
  const { described } = lead;
  const offered = expected.checksum === null ? null : formatChecksum(expected.checksum);
  task.update({ sizeBytes: described.sizeBytes, resumable: described.ranges, offeredChecksum: offered });
  const own = task.record.fileName === null ? null : safeFileName(task.record.fileName, { hidden: true });
  const name = own ?? expected.name ?? described.suggestedName;
  // Should the part not come into being, the list at least calls the file by its name.
  if (task.record.targetName === null) task.update({ guessedName: name });
  const opened = await openPart({
    folder: task.record.folder,
    name,
    ownName: task.record.targetName,
    lead,
    firstRecord: firstRecord(task, lead),
    unsavedRecord: task.unsavedRecord,
    // The pieces of a Metalink are hashed from the file; and to look for a checksum takes longer than memory should be trusted.
    mayBeYoung: expected.pieces === null && (expected.checksum !== null || !init.findChecksum),
    policy: task.record.exists,
    restart: task.restart,
    reserve: (name) => components.reserve(task, join(task.record.folder, name)),
  });
  task.restart = false;
  task.update({ targetName: opened.name });
  if (opened.kind === 'present') {
    return completePresent(task, expected.checksum ?? (await expected.lateChecksum), components, options);
  }
  try {
    const verdict = await fillPart(task, components, { ...init.contacted, opened, maxLanes: init.maxLanes }, options);
    return await completePart(task, opened.part, verdict, components);
  } catch (error) {
    // It was never more than memory.
    if (!opened.part.isFile) task.update({ receivedBytes: 0 });
    throw error;
  } finally {
    await opened.part.close();
  }
}

async function leftRecord(task: Task): Promise<ResumeRecord | null> {
  const path = task.targetPath + RECORD_SUFFIX;
  const isNew = task.record.targetName === null && !(await mayExist(path));
  return isNew ? null : readResumeRecord(path);
}

/**
 * What an earlier run of the task, or another one of the same link, has left to do first; null when there was none. The
 * first request asks for just that.
 */
function firstMissing(task: Task, record: ResumeRecord | null, source: Source): ByteRange | null {
  if (record === null || record.size === null || record.size === 0 || record.done.length === 0) return null;
  const own = task.record.targetName !== null || record.sources.some(({ key }) => key === source.key);
  if (task.restart || !own) return null;
  const done = new IntervalSet(record.done.map(([start, end]) => ({ start, end })));
  const gap = done.missing(record.size).first ?? { start: record.size - 1, end: record.size };
  return { start: gap.start, end: Math.min(gap.end, gap.start + PROBE_BYTES) };
}

/** A link that gave bytes before and is refused now has expired: signed ones do that all the time. */
function asExpired(task: Task, error: unknown): unknown {
  if (!(error instanceof TributaryError) || task.record.receivedBytes === 0) return error;
  const refused = error.code === 'auth-required' || error.code === 'forbidden' || error.code === 'not-found';
  if (!refused || new URL(task.link).search === '') return error;
  return new TributaryError('link-expired', error.args, { cause: error });
}
