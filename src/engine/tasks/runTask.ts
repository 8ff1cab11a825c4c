import { join } from 'node:path';
import { toTributaryError } from '../../contract/errors.ts';
import { RECORD_SUFFIX } from '../../kit/partNames.ts';
import { ensureFolder } from '../disk/folder.ts';
import { addressKey, readResumeRecord } from '../disk/resumeRecord.ts';
import type { Checksum } from '../intake/checksum.ts';
import { safeFileName } from '../intake/fileName.ts';
import type { ByteRange, Source, SourceDescription } from '../sources/source.ts';
import { retryDelayMs } from '../transfer/backoff.ts';
import { IntervalSet } from '../transfer/intervalSet.ts';
import type { TransferProgress } from '../transfer/transfer.ts';
import { completeFile } from './completeFile.ts';
import { fillPart } from './fillPart.ts';
import { openPart } from './openPart.ts';
import type { FinishedFile, RunTaskComponents } from './runComponents.ts';
import type { Task } from './task.ts';

/** No more than the shortest run, so that nothing comes that another lane fetches, too. */
const PROBE_BYTES = 1024 * 1024;

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
      name:
        (task.record.fileName === null ? null : safeFileName(task.record.fileName, { hidden: true })) ??
        described.suggestedName,
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
    if (opened.kind === 'part') {
      await fillPart(task, components, { source, described, opened, maxLanes: init.maxLanes }, options);
    }
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
    const heldMs = components.hosts.heldMs(source.peer);
    if (heldMs > 0) await components.clock.sleep(heldMs, options);
    try {
      return await source.describe(wanted === null ? options : { ...options, wanted });
    } catch (caught) {
      options.signal.throwIfAborted();
      const error = toTributaryError(caught);
      const { receivedBytes } = task.record;
      const { retryAfterMs } = error.args;
      if (typeof retryAfterMs === 'number') components.hosts.hold(source.peer, retryAfterMs);
      const delayMs = retryDelayMs(error, failures, receivedBytes > 0, components.random());
      if (delayMs === null) throw error;
      components.onProgress('connecting', { ...IDLE, receivedBytes, waiting: error.toInfo() });
      await components.clock.sleep(delayMs, options);
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
