import { join } from 'node:path';
import type { Checksum } from '../../contract/checksum.ts';
import { ERRORS, type ErrorCode, TributaryError } from '../../contract/errors.ts';
import type { SourceKind } from '../../contract/task.ts';
import { ChildAbort } from '../../kit/abort.ts';
import { RECORD_SUFFIX } from '../../kit/partNames.ts';
import { ensureFolder } from '../disk/folder.ts';
import { mayExist } from '../disk/folderNames.ts';
import { type ResumeRecord, readResumeRecord } from '../disk/resumeRecord.ts';
import { formatChecksum } from '../intake/checksum.ts';
import { ownFileName } from '../intake/fileName.ts';
import type { ByteRange, Source } from '../sources/source.ts';
import { IntervalSet } from '../transfer/intervalSet.ts';
import type { DescribedSource } from '../transfer/sourceSupply.ts';
import { begunLead } from './begunLead.ts';
import { completePart, completePresent } from './completeFile.ts';
import { type ContactedFile, contactSources } from './contactSources.ts';
import { fillPart } from './fillPart.ts';
import { IDLE_PROGRESS } from './idleProgress.ts';
import { openPart } from './openPart.ts';
import { firstRecord } from './partRecord.ts';
import { removePart } from './removePart.ts';
import type { FinishedFile, RunTaskComponents } from './runComponents.ts';
import type { Task } from './task.ts';

/** No more than the shortest run, so that nothing comes that another lane fetches, too. */
const PROBE_BYTES = 1024 * 1024;

/** Of seeds whose answers do not fit to what they have said of the file. */
const SEED_FAULTS = new Set<ErrorCode>(['seed-protocol', 'bad-response', 'range-mismatch', 'incomplete-body']);

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
  task.runBegins();
  const begunBytes = task.restart || earlier === null || earlier.done.length === 0 ? null : earlier.size;
  let contacted = await contactSources(task, components, { ...init, wanted, begunBytes }, options);
  const { supply } = contacted;
  try {
    const begun = await begunLead(task, contacted, nameOf(task, contacted));
    if (begun !== null) contacted = ledBy(contacted, begun);
    for (;;) {
      const ended = await download(task, components, { ...init, contacted }, options);
      if ('verification' in ended) return ended;
      await forgetPart(task);
      contacted = ledBy(contacted, ended);
    }
  } finally {
    await supply.close();
  }
}

function ledBy({ supply, expected }: ContactedFile, lead: DescribedSource): ContactedFile {
  return { supply, lead, expected: { ...expected, digests: expected.digests.ledBy(lead) } };
}

function nameOf(task: Task, { lead, expected }: ContactedFile): string {
  const own = task.record.fileName === null ? null : ownFileName(task.record.fileName);
  return own ?? expected.name ?? lead.described.suggestedName;
}

/** Of a file that nobody could give right: nothing of it goes into another one. */
async function forgetPart(task: Task): Promise<void> {
  await removePart(task);
  task.unsavedRecord = null;
  task.update({ receivedBytes: 0 });
}

/** @returns the source that leads next, when all who have this file have failed and others have another one */
async function download(
  task: Task,
  components: RunTaskComponents,
  init: RunTaskInit & { contacted: ContactedFile },
  options: { signal: AbortSignal },
): Promise<FinishedFile | DescribedSource> {
  const { lead, expected } = init.contacted;
  const { described } = lead;
  const { checksum, pieces } = expected.digests;
  const offered = checksum === null ? null : formatChecksum(checksum);
  task.update({ sizeBytes: described.sizeBytes, resumable: described.ranges, offeredChecksum: offered });
  const name = nameOf(task, init.contacted);
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
    mayBeYoung: pieces === null && (checksum !== null || !init.findChecksum),
    policy: task.record.exists,
    restart: task.restart,
    reserve: (name) => components.reserve(task, join(task.record.folder, name)),
  });
  task.restart = false;
  // It was of a part that is no more: of the new one it would promise what nobody has fetched.
  if (opened.kind === 'part' && opened.record === null) task.unsavedRecord = null;
  task.update({ targetName: opened.name });
  if (opened.kind === 'present') {
    try {
      return await completePresent(task, checksum ?? (await expected.lateChecksum), components, options);
    } catch (error) {
      // No part is this task's: one that lies beside the file is somebody else's, and not to be deleted with the task.
      task.update({ targetName: null, guessedName: opened.name });
      throw error;
    }
  }
  try {
    const verdict = await fillPart(task, components, { ...init.contacted, opened, maxLanes: init.maxLanes }, options);
    const wrong = new TributaryError('wrong-content', { host: new URL(lead.source.peer).host });
    const next = verdict.wrong === null ? null : await nextLead(init.contacted, wrong);
    return next ?? (await completePart(task, opened.part, verdict, components));
  } catch (error) {
    const isEmpty = task.record.receivedBytes === 0 && (opened.record?.done ?? []).length === 0;
    // It was never more than memory.
    if (!opened.part.isFile) task.update({ receivedBytes: 0 });
    options.signal.throwIfAborted();
    const next = isFault(error, lead.source.kind, isEmpty) ? await nextLead(init.contacted, error) : null;
    if (next === null) throw error;
    return next;
  } finally {
    await opened.part.close();
  }
}

/** Null: nobody has another file, or hashes that count for all say that this one is right. */
async function nextLead(
  { supply, lead, expected }: ContactedFile,
  error: TributaryError,
): Promise<DescribedSource | null> {
  const isNamedByHashes = lead.described.content !== undefined || expected.digests.pieces?.teller === null;
  return isNamedByHashes ? null : supply.nextLead(error);
}

/** Its sources do not have what they say they have: those who are merely gone may come back, and their bytes are kept. */
function isFault(error: unknown, kind: SourceKind, isEmpty: boolean): error is TributaryError {
  if (!(error instanceof TributaryError)) return false;
  const { category } = ERRORS[error.code];
  if (category === 'disk') return false;
  return isEmpty || category === 'checksum' || (kind === 'seed' && SEED_FAULTS.has(error.code));
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
