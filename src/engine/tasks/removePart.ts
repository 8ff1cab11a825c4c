import { PART_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';
import { removeLeftAsides } from '../disk/aside.ts';
import { exists } from '../disk/folder.ts';
import { mayExist } from '../disk/folderNames.ts';
import { removeFile } from '../disk/jsonFile.ts';
import { isRunning, isRunningBeside } from '../disk/processIdentity.ts';
import { readResumeRecord } from '../disk/resumeRecord.ts';
import type { Task } from './task.ts';

/** Deletes what an unfinished task has left on disk, unless another process has taken it over, or begun anew, since. */
export async function removePart(task: Pick<Task, 'targetPath' | 'record'>): Promise<void> {
  await removeLeftAsides(task.targetPath);
  if (task.record.targetName === null) return;
  const record = await readResumeRecord(task.targetPath + RECORD_SUFFIX);
  if (record?.owner != null && isRunningBeside(record.owner)) return;
  await removeFile(task.targetPath + PART_SUFFIX);
  await removeFile(task.targetPath + RECORD_SUFFIX);
}

/** The process ended just before it could tidy up behind a finished file. A record with a part is another download's. */
export async function removeLeftovers(targetPath: string): Promise<void> {
  await removeLeftAsides(targetPath);
  const recordPath = targetPath + RECORD_SUFFIX;
  if (!(await mayExist(recordPath))) return;
  if (!(await exists(recordPath)) || (await exists(targetPath + PART_SUFFIX))) return;
  const record = await readResumeRecord(recordPath);
  if (record?.owner == null || !isRunning(record.owner)) await removeFile(recordPath);
}
