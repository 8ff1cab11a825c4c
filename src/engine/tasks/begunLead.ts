import { join } from 'node:path';
import { RECORD_SUFFIX } from '../../kit/partNames.ts';
import { mayExist } from '../disk/folderNames.ts';
import { type ResumeRecord, readResumeRecord } from '../disk/resumeRecord.ts';
import { sameVersion } from '../protocols/http/validators.ts';
import type { Source } from '../sources/source.ts';
import type { DescribedSource } from '../transfer/sourceSupply.ts';
import type { ContactedFile } from './contactSources.ts';
import type { Task } from './task.ts';

/**
 * An earlier run has left a part, and the source that leads gave nothing of it: it was away then, say, or what it has was
 * found to be wrong. Then one leads that did: only with its version can the part be gone on with.
 * @param name of the file, as the source that leads would have it
 * @returns null when nothing was left, or nobody answers who still has the file that was begun
 */
export async function begunLead(
  task: Task,
  { supply, lead }: Pick<ContactedFile, 'supply' | 'lead'>,
  name: string,
): Promise<DescribedSource | null> {
  // Whatever gives bytes of a CID is checked by it.
  if (task.restart || lead.described.content !== undefined) return null;
  const record = task.unsavedRecord ?? (await recordOf(join(task.record.folder, task.record.targetName ?? name)));
  if (record === null || record.done.length === 0) return null;
  const tookPart = ({ key }: Source): boolean => record.sources.some((source) => source.key === key);
  if (tookPart(lead.source)) return null;
  const begun = await supply.answerOf(tookPart);
  return begun !== null && isStillThere(begun, record) ? begun : null;
}

/** Of another version by now, it would lead to nothing but the end of the part, which the others may still have. */
function isStillThere({ source, described }: DescribedSource, { size, sources }: ResumeRecord): boolean {
  const known = sources.find(({ key }) => key === source.key);
  return described.sizeBytes === size && known !== undefined && sameVersion(known, described.version);
}

async function recordOf(targetPath: string): Promise<ResumeRecord | null> {
  const path = targetPath + RECORD_SUFFIX;
  return (await mayExist(path)) ? readResumeRecord(path) : null;
}
