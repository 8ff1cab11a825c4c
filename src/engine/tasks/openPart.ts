import { join } from 'node:path';
import { TributaryError } from '../../contract/errors.ts';
import type { ExistsPolicy } from '../../contract/settings.ts';
import { PART_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';
import { exists, isSameFileOnDisk } from '../disk/folder.ts';
import { removeFile } from '../disk/jsonFile.ts';
import { fileSize, PartFile } from '../disk/partFile.ts';
import { isRunning } from '../disk/processIdentity.ts';
import { type ResumeRecord, readResumeRecord } from '../disk/resumeRecord.ts';
import { numberedName } from '../intake/fileName.ts';
import { provesSameVersion, sameVersion } from '../protocols/http/validators.ts';
import type { SourceDescription } from '../sources/source.ts';

/** More files of one name than anybody has; ends a search that would go on for ever on a broken file system. */
const MAX_NUMBER = 9999;

export type OpenedPart =
  | {
      readonly kind: 'part';
      readonly name: string;
      readonly part: PartFile;
      /** What an earlier run left, to be gone on with; null: empty. */
      readonly record: ResumeRecord | null;
      /** True: the record is of a file without validators, so a sample must be compared before it is trusted. */
      readonly unproven: boolean;
    }
  /** The file is there already: of an earlier run that ended just before it could say so, or because the user said `skip`. */
  | { readonly kind: 'present'; readonly name: string };

export interface OpenPartInit {
  readonly folder: string;
  /** The wanted name; safe. */
  readonly name: string;
  /** The name this task had before; its part file is this task's own. */
  readonly ownName: string | null;
  readonly addressKey: string;
  /** Of this task's own part, when it could not be written to the disk. */
  readonly unsavedRecord: ResumeRecord | null;
  readonly policy: ExistsPolicy;
  /** The user knows that the file has changed on the server and wants the new one. */
  readonly restart: boolean;
  readonly described: SourceDescription;
  /** For messages. */
  readonly host: string;
  /** Claims a name for this task against all other tasks of the engine; false when another one has it. */
  readonly reserve: (name: string) => boolean;
}

/**
 * Finds the name under which the file can be downloaded without touching any other file, and opens its part file: the one
 * an earlier run left when it is certainly of the same file, else a new one.
 * @throws TributaryError `file-exists` (policies ask and skip), `file-changed` (this task's own part is of another version), disk errors
 */
export async function openPart(init: OpenPartInit): Promise<OpenedPart> {
  if (init.ownName !== null && init.reserve(init.ownName)) {
    const own = await tryName(init, init.ownName, true);
    if (own !== null) return own;
  }
  for (let n = 0; n <= MAX_NUMBER; n++) {
    const name = n === 0 ? init.name : numberedName(init.name, n);
    if (!init.reserve(name)) {
      if (init.policy === 'rename') continue;
      // Another download is about to put its file there.
      throw new TributaryError('file-exists', { path: join(init.folder, name) });
    }
    const opened = await tryName(init, name, false);
    if (opened !== null) return opened;
  }
  throw new TributaryError('file-exists', { path: join(init.folder, init.name) });
}

/** Null: this name is taken. */
async function tryName(init: OpenPartInit, name: string, own: boolean): Promise<OpenedPart | null> {
  const targetPath = join(init.folder, name);
  const record = (own ? init.unsavedRecord : null) ?? (await readResumeRecord(targetPath + RECORD_SUFFIX));
  const partThere = await exists(targetPath + PART_SUFFIX);
  const sameFile = record !== null && isSameFile(record, init);
  // A part gets its full length before its first record: one of another length was cut or grown by somebody else.
  const matches = sameFile && (!partThere || (await fileSize(targetPath + PART_SUFFIX)) === record.size);
  if (await exists(targetPath)) {
    // The part has two names, because the process ended between giving it the second and taking the first away.
    if (partThere && matches && (await isSameFileOnDisk(targetPath, targetPath + PART_SUFFIX))) {
      await removeFile(targetPath + PART_SUFFIX);
      return { kind: 'present', name };
    }
    // The part got its final name, but the process ended before it could write that down.
    const finished = !partThere && matches && record.size !== null && (await fileSize(targetPath)) === record.size;
    if (finished) return { kind: 'present', name };
    // A part that is this task's own is gone on with; it gets another name when it is complete.
    if (init.policy === 'rename' && !(own && matches && partThere)) return null;
    if (init.policy === 'ask') throw new TributaryError('file-exists', { path: targetPath });
    if (init.policy === 'skip') return skip(init, name);
  }
  if (!partThere) return openFresh(name, targetPath);
  const busy = record?.owner != null && isRunning(record.owner) && record.owner.pid !== process.pid;
  if (busy) return null;
  const proven = record !== null && provesSameVersion(record, init.described.version);
  // Without ranges it is one stream over what is there; without validators either, what is there means nothing.
  if (matches && (init.described.ranges || proven)) {
    const part = await PartFile.open(targetPath, { fresh: false });
    return { kind: 'part', name, part, record, unproven: !proven };
  }
  if (own && record !== null && record.done.length > 0 && !sameFile && !init.restart)
    throw new TributaryError('file-changed', { host: init.host });
  // A part of this link that cannot be gone on with is worth nothing; one of unknown origin is left alone.
  if (!own && !(record !== null && record.addressKey === init.addressKey)) return null;
  await removeFile(targetPath + RECORD_SUFFIX);
  await removeFile(targetPath + PART_SUFFIX);
  return openFresh(name, targetPath);
}

async function openFresh(name: string, targetPath: string): Promise<OpenedPart | null> {
  try {
    return {
      kind: 'part',
      name,
      part: await PartFile.open(targetPath, { fresh: true }),
      record: null,
      unproven: false,
    };
  } catch (error) {
    // Another process was faster.
    if (error instanceof TributaryError && error.code === 'file-exists') return null;
    throw error;
  }
}

async function skip(init: OpenPartInit, name: string): Promise<OpenedPart> {
  const path = join(init.folder, name);
  const { sizeBytes } = init.described;
  if (sizeBytes !== null && (await fileSize(path)) === sizeBytes) return { kind: 'present', name };
  throw new TributaryError('file-exists', { path });
}

function isSameFile(record: ResumeRecord, init: OpenPartInit): boolean {
  const { sizeBytes, version } = init.described;
  if (sizeBytes === null || record.size !== sizeBytes || !sameVersion(record, version)) return false;
  // Without any validator the link itself has to be the same one; a sample is compared later.
  return record.addressKey === init.addressKey || provesSameVersion(record, version);
}
