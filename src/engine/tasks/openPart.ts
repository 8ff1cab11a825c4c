import { join } from 'node:path';
import { TributaryError } from '../../contract/errors.ts';
import type { ExistsPolicy } from '../../contract/settings.ts';
import { PART_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';
import { removeFirstName, removeLeftAsides } from '../disk/aside.ts';
import { exists, isChangedSince, isSameFileOnDisk } from '../disk/folder.ts';
import { mayExist } from '../disk/folderNames.ts';
import { removeFile } from '../disk/jsonFile.ts';
import type { Part } from '../disk/part.ts';
import { fileSize, PartFile } from '../disk/partFile.ts';
import { isRunningBeside, ownIdentity } from '../disk/processIdentity.ts';
import { type RecordedSource, type ResumeRecord, readResumeRecord, writeFirstRecord } from '../disk/resumeRecord.ts';
import { YoungPart } from '../disk/youngPart.ts';
import { numberedName } from '../intake/fileName.ts';
import { meansEverySeed } from '../intake/seedAddress.ts';
import { provesSameVersion, sameVersion } from '../protocols/http/validators.ts';
import type { DescribedSource } from '../transfer/sourceSupply.ts';

/** More files of one name than anybody has; ends a search that would go on for ever on a broken file system. */
const MAX_NUMBER = 9999;

/**
 * How sure it is that what an earlier run left belongs to the file that is there now: `proven` by validators; `same-link`
 * or `other-link` (a fresh one, or a mirror) without such a proof, so that a sample has to be compared.
 */
export type PartTrust = 'proven' | 'same-link' | 'other-link';

export type OpenedPart =
  | {
      readonly kind: 'part';
      readonly name: string;
      readonly part: Part;
      /** What an earlier run left, to be gone on with; null: empty. */
      readonly record: ResumeRecord | null;
      readonly trust: PartTrust;
    }
  /** The file is there already: of an earlier run that ended just before it could say so, or because the user said `skip`. */
  | { readonly kind: 'present'; readonly name: string };

export interface OpenPartInit {
  readonly folder: string;
  /** The wanted name; safe. */
  readonly name: string;
  /** The name this task had before; its part file is this task's own. */
  readonly ownName: string | null;
  /** Of this task's own part, when it could not be written to the disk. */
  readonly unsavedRecord: ResumeRecord | null;
  /** A small file may stay in memory at first. */
  readonly mayBeYoung: boolean;
  readonly policy: ExistsPolicy;
  /** The user knows that the file has changed on the server and wants the new one. */
  readonly restart: boolean;
  readonly lead: DescribedSource;
  /** What is written beside a new part. */
  readonly firstRecord: ResumeRecord;
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
  if (!own && (await isUntouched(targetPath))) {
    const fresh = await openFresh(init, name);
    // Else another process has begun it since.
    if (fresh !== null) return fresh;
  }
  const left = await readResumeRecord(targetPath + RECORD_SUFFIX);
  // Another owner, or none: the part was let go of since, and may have been begun anew.
  const record = (own && isOwn(left) ? init.unsavedRecord : null) ?? left;
  const partThere = await exists(targetPath + PART_SUFFIX);
  const trust = record === null ? null : trustIn(record, init, own);
  // A part gets its full length before its first record: one of another length was cut or grown by somebody else.
  const matches =
    record !== null && trust !== null && (!partThere || (await fileSize(targetPath + PART_SUFFIX)) === record.size);
  if (await exists(targetPath)) {
    // The part has two names, because the process ended between giving it the second and taking the first away.
    if (partThere && matches && (await isSameFileOnDisk(targetPath, targetPath + PART_SUFFIX))) {
      await removeFile(targetPath + PART_SUFFIX);
      return { kind: 'present', name };
    }
    // The file got its final name, but the process ended before it could write that down.
    if (await removeFirstName(targetPath, versionOf(init))) return { kind: 'present', name };
    if (!partThere && matches && (await isFinished(targetPath, record))) return { kind: 'present', name };
    // A part that is this task's own is gone on with; it gets another name when it is complete.
    if (init.policy === 'rename' && !(own && matches && partThere)) return null;
    if (init.policy === 'ask') throw new TributaryError('file-exists', { path: targetPath });
    if (init.policy === 'skip') return skip(init, name);
  }
  if (record?.owner != null && isRunningBeside(record.owner)) return null;
  if (!partThere) return openAnew(init, name);
  // Without ranges it is one stream over what is there; without validators either, what is there means nothing.
  if (matches && (init.lead.described.ranges || trust === 'proven')) {
    await removeLeftAsides(targetPath);
    const part = await PartFile.open(targetPath, { fresh: false });
    return { kind: 'part', name, part, record, trust };
  }
  if (own && record !== null && record.done.length > 0 && trust === null && !init.restart)
    throw new TributaryError('file-changed', { host: new URL(init.lead.source.peer).host });
  // A part of this link that cannot be gone on with is worth nothing; one of unknown origin is left alone.
  if (!own && !(record !== null && knownVersion(record, init) !== undefined)) return null;
  await removeFile(targetPath + PART_SUFFIX);
  return openAnew(init, name);
}

/** In the place of what an earlier run has left, which cannot be gone on with. */
async function openAnew(init: OpenPartInit, name: string): Promise<OpenedPart | null> {
  await removeFile(join(init.folder, name) + RECORD_SUFFIX);
  return openFresh(init, name);
}

/**
 * Of a record without a part. A file that is older than the record was there before: it was to be replaced, say, and the
 * process ended before it made the part, or somebody has deleted that.
 */
async function isFinished(targetPath: string, { size }: ResumeRecord): Promise<boolean> {
  const isWhole = size !== null && (await fileSize(targetPath)) === size;
  return isWhole && (await isChangedSince(targetPath, targetPath + RECORD_SUFFIX));
}

/** It was written by this process, in a run that could not write a newer one. */
function isOwn(record: ResumeRecord | null): boolean {
  const { pid, startTicks } = ownIdentity();
  return record?.owner?.pid === pid && record.owner.startTicks === startTicks;
}

/** Null: another process was faster. */
async function openFresh(init: OpenPartInit, name: string): Promise<OpenedPart | null> {
  const targetPath = join(init.folder, name);
  const { size: sizeBytes } = init.firstRecord;
  const writeRecord = (): Promise<void> => writeFirstRecord(targetPath, init.firstRecord);
  await removeLeftAsides(targetPath);
  const young =
    init.mayBeYoung && sizeBytes !== null
      ? YoungPart.begin({ targetPath, sizeBytes, version: versionOf(init), writeRecord })
      : null;
  try {
    const part = young ?? (await PartFile.begin(targetPath, writeRecord));
    return { kind: 'part', name, part, record: null, trust: 'proven' };
  } catch (error) {
    if (error instanceof TributaryError && error.code === 'file-exists') return null;
    throw error;
  }
}

/** Neither the file nor anything of a download of it is there, which holds for most files of a folder full of them. */
async function isUntouched(targetPath: string): Promise<boolean> {
  for (const suffix of ['', PART_SUFFIX, RECORD_SUFFIX]) if (await mayExist(targetPath + suffix)) return false;
  return true;
}

/** Tells the version of the file that the link gives now from any other. */
function versionOf({ firstRecord: { sources, size } }: OpenPartInit): string {
  return JSON.stringify([sources, size]);
}

async function skip(init: OpenPartInit, name: string): Promise<OpenedPart> {
  const path = join(init.folder, name);
  const { sizeBytes } = init.lead.described;
  if (sizeBytes !== null && (await fileSize(path)) === sizeBytes) return { kind: 'present', name };
  throw new TributaryError('file-exists', { path });
}

/** Null: it is of another file or of another version of it. */
function trustIn(record: ResumeRecord, init: OpenPartInit, own: boolean): PartTrust | null {
  const { sizeBytes, version } = init.lead.described;
  if (sizeBytes === null || record.size !== sizeBytes) return null;
  const known = knownVersion(record, init);
  if (known !== undefined) {
    if (!sameVersion(known, version)) return null;
    return provesSameVersion(known, version) ? 'proven' : 'same-link';
  }
  if (record.sources.some((source) => provesSameVersion(source, version))) return 'proven';
  // The user has given this task another link, or a mirror leads now.
  if (own) return 'other-link';
  // The same link: other seeds answer to it than did for the earlier run. Anybody else's part needs a proof.
  const { address } = init.firstRecord;
  return meansEverySeed(address) && record.address === address ? 'same-link' : null;
}

/** The version that the part's bytes of this very link are of. */
function knownVersion(record: ResumeRecord, { lead }: OpenPartInit): RecordedSource | undefined {
  return record.sources.find(({ key }) => key === lead.source.key);
}
