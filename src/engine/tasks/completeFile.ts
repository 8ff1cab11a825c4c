import { join } from 'node:path';
import { TributaryError } from '../../contract/errors.ts';
import { BAD_SUFFIX, PART_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';
import { finishFile } from '../disk/finish.ts';
import { hashFile } from '../disk/hashFile.ts';
import { removeFile } from '../disk/jsonFile.ts';
import { type Checksum, formatChecksum } from '../intake/checksum.ts';
import { numberedName } from '../intake/fileName.ts';
import type { FinishedFile, RunTaskComponents } from './runComponents.ts';
import type { Task } from './task.ts';

const MAX_NUMBER = 9999;

/**
 * Verifies the complete bytes and gives them their final name.
 * @param state.partExists false: the file has its final name already and is only verified
 * @throws TributaryError `checksum-mismatch` (the bytes are kept as `.bad`), `file-exists`, disk errors; the signal's reason
 */
export async function completeFile(
  task: Task,
  checksum: Checksum | null,
  components: Pick<RunTaskComponents, 'onProgress' | 'reserve'>,
  state: { partExists: boolean },
  options: { signal: AbortSignal },
): Promise<FinishedFile> {
  const path = state.partExists ? task.targetPath + PART_SUFFIX : task.targetPath;
  const report = (phase: 'verifying' | 'finishing'): void =>
    components.onProgress(phase, {
      receivedBytes: task.record.receivedBytes,
      bytesPerSecond: 0,
      secondsLeft: null,
      lanes: 0,
      waiting: null,
    });
  if (checksum !== null) {
    report('verifying');
    const actual = await hashFile({ path, algorithm: checksum.algorithm }, options);
    if (actual !== checksum.hex) throw await keepAsBad(task, path, checksum, actual, state);
  }
  report('finishing');
  const recordPath = task.targetPath + RECORD_SUFFIX;
  if (state.partExists) await giveFinalName(task, path, components);
  else task.update({ receivedBytes: task.record.sizeBytes ?? 0 });
  return {
    verification: checksum === null ? 'size-only' : 'verified',
    sha256: checksum?.algorithm === 'sha256' ? checksum.hex : null,
    recordPath,
  };
}

/** Another program may have taken the name since the download began: then the next free one. */
async function giveFinalName(
  task: Task,
  partPath: string,
  components: Pick<RunTaskComponents, 'reserve'>,
): Promise<void> {
  const wanted = task.record.targetName ?? task.record.guessedName;
  for (let n = 0; n <= MAX_NUMBER; n++) {
    const name = n === 0 ? wanted : numberedName(wanted, n);
    const target = join(task.record.folder, name);
    if (!components.reserve(task, target)) continue;
    try {
      await finishFile(partPath, target, { replace: task.record.exists === 'replace' });
      task.update({ targetName: name });
      return;
    } catch (error) {
      const taken = error instanceof TributaryError && error.code === 'file-exists';
      if (!taken || task.record.exists !== 'rename') throw error;
    }
  }
  throw new TributaryError('file-exists', { path: task.targetPath });
}

async function keepAsBad(
  task: Task,
  path: string,
  checksum: Checksum,
  actual: string,
  state: { partExists: boolean },
): Promise<TributaryError> {
  let kept = path;
  if (state.partExists) {
    kept = await moveAside(path, task.targetPath + BAD_SUFFIX);
    await removeFile(task.targetPath + RECORD_SUFFIX);
    task.update({ receivedBytes: 0 });
  }
  return new TributaryError('checksum-mismatch', {
    path: task.targetPath,
    expected: formatChecksum(checksum),
    actual,
    kept,
  });
}

/** @returns the path it has now; an earlier bad file is evidence too and stays */
async function moveAside(from: string, wanted: string): Promise<string> {
  for (let n = 0; ; n++) {
    const to = n === 0 ? wanted : `${wanted}${n}`;
    try {
      await finishFile(from, to, { replace: false });
      return to;
    } catch (error) {
      if (!(error instanceof TributaryError && error.code === 'file-exists') || n === MAX_NUMBER) throw error;
    }
  }
}
