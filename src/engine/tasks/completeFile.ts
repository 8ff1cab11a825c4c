import { join } from 'node:path';
import type { Checksum } from '../../contract/checksum.ts';
import { TributaryError } from '../../contract/errors.ts';
import { BAD_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';
import { hashFile } from '../disk/hashFile.ts';
import { removeFile } from '../disk/jsonFile.ts';
import type { Part } from '../disk/part.ts';
import { formatChecksum } from '../intake/checksum.ts';
import { numberedName } from '../intake/fileName.ts';
import { IDLE_PROGRESS } from './idleProgress.ts';
import type { FinishedFile, RunTaskComponents } from './runComponents.ts';
import type { Task } from './task.ts';

const MAX_NUMBER = 9999;

/** What the bytes of a complete file turned out to be. */
export interface Verdict {
  /** What they were compared with; null: nothing was known but the size. */
  readonly checksum: Checksum | null;
  /** By that, or by the hashes of the pieces. */
  readonly verified: boolean;
  /** Their digest when it is another one; null: they are right. */
  readonly wrong: string | null;
}

/**
 * Gives the complete bytes of the part their final name; wrong ones are kept as `.bad`.
 * @throws TributaryError `checksum-mismatch`, `file-exists`, disk errors
 */
export async function completePart(
  task: Task,
  part: Part,
  verdict: Verdict,
  components: Pick<RunTaskComponents, 'onProgress' | 'reserve'>,
): Promise<FinishedFile> {
  const { checksum, wrong } = verdict;
  if (checksum !== null && wrong !== null) {
    const kept = await keepBad(part, task.targetPath + BAD_SUFFIX);
    if (part.leftover !== null) await removeFile(part.leftover);
    task.update({ receivedBytes: 0 });
    throw mismatch(task, checksum, { actual: wrong, kept });
  }
  report(task, components, 'finishing');
  await giveFinalName(task, part, components);
  return finished(verdict, part.leftover);
}

/**
 * The file has its final name already: an earlier run ended just before it could say so, or it was there before.
 * @throws TributaryError `checksum-mismatch` (it stays as it is), disk errors; the signal's reason
 */
export async function completePresent(
  task: Task,
  checksum: Checksum | null,
  components: Pick<RunTaskComponents, 'onProgress'>,
  options: { signal: AbortSignal },
): Promise<FinishedFile> {
  const path = task.targetPath;
  if (checksum !== null) {
    report(task, components, 'verifying');
    const actual = await hashFile({ path, algorithm: checksum.algorithm }, options);
    if (actual !== checksum.hex) throw mismatch(task, checksum, { actual, kept: path });
  }
  report(task, components, 'finishing');
  task.update({ receivedBytes: task.record.sizeBytes ?? 0 });
  return finished({ checksum, verified: checksum !== null }, path + RECORD_SUFFIX);
}

function report(
  task: Task,
  { onProgress }: Pick<RunTaskComponents, 'onProgress'>,
  phase: 'verifying' | 'finishing',
): void {
  onProgress(phase, { ...IDLE_PROGRESS, receivedBytes: task.record.receivedBytes });
}

function finished({ checksum, verified }: Omit<Verdict, 'wrong'>, leftover: string | null): FinishedFile {
  return {
    verification: verified ? 'verified' : 'size-only',
    sha256: checksum?.algorithm === 'sha256' ? checksum.hex : null,
    leftover,
  };
}

function mismatch(task: Task, checksum: Checksum, { actual, kept }: { actual: string; kept: string }): TributaryError {
  const expected = formatChecksum(checksum);
  return new TributaryError('checksum-mismatch', { path: task.targetPath, expected, actual, kept });
}

/** Another program may have taken the name since the download began: then the next free one. */
async function giveFinalName(task: Task, part: Part, components: Pick<RunTaskComponents, 'reserve'>): Promise<void> {
  const wanted = task.record.targetName ?? task.record.guessedName;
  for (let n = 0; n <= MAX_NUMBER; n++) {
    const name = n === 0 ? wanted : numberedName(wanted, n);
    const target = join(task.record.folder, name);
    if (!components.reserve(task, target)) continue;
    try {
      await part.moveTo(target, { replace: task.record.exists === 'replace' });
      task.update({ targetName: name });
      return;
    } catch (error) {
      const taken = error instanceof TributaryError && error.code === 'file-exists';
      if (!taken || task.record.exists !== 'rename') throw error;
    }
  }
  throw new TributaryError('file-exists', { path: task.targetPath });
}

/** @returns the path it has now; an earlier bad file is evidence too and stays */
async function keepBad(part: Part, wanted: string): Promise<string> {
  for (let n = 0; ; n++) {
    const to = n === 0 ? wanted : `${wanted}${n}`;
    try {
      await part.moveTo(to, { replace: false });
      return to;
    } catch (error) {
      if (!(error instanceof TributaryError && error.code === 'file-exists') || n === MAX_NUMBER) throw error;
    }
  }
}
