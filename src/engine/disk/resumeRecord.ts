import { createHash } from 'node:crypto';
import { unlink, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { TributaryError } from '../../contract/errors.ts';
import { PART_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';
import { asidePath } from './aside.ts';
import { toDiskError } from './diskError.ts';
import { linkOrRename } from './finish.ts';
import { nameAdded } from './folderNames.ts';
import { readJson, removeFile, writeJson } from './jsonFile.ts';
import { ProcessIdentity } from './processIdentity.ts';

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

const RecordedSource = v.object({
  /** SHA-256 of the link: recognises it without writing its query down. */
  key: v.string(),
  etag: v.nullable(v.string()),
  lastModified: v.nullable(v.string()),
});
/** A link that bytes of the part came from, and the version of the file it gave. */
export type RecordedSource = v.InferOutput<typeof RecordedSource>;

const Entries = v.object({
  version: v.literal(2),
  /** Origin and path of the first link, for people who find the file. */
  address: v.string(),
  /** The one whose answer told what the file is comes first. */
  sources: v.array(RecordedSource),
  size: v.nullable(Count),
  chunkSize: Count,
  /** Finished ranges, half-open, ascending, flushed before they were written here. */
  done: v.array(v.tuple([Count, Count])),
  /** Who is writing to the part file now; null when nobody is. */
  owner: v.nullable(ProcessIdentity),
});
const Body = v.pipe(Entries, v.check(isConsistent));
/** `<name>.part.json`: what is known of a part file. */
export type ResumeRecord = v.InferOutput<typeof Body>;

const File = v.object({ body: Body, sha256: v.string() });

/** Atomic, and durable when it returns. @throws TributaryError `disk-*` */
export async function writeResumeRecord(path: string, record: ResumeRecord): Promise<void> {
  try {
    await writeJson(path, sealed(record));
  } catch (error) {
    throw toPartError(error, path.slice(0, -RECORD_SUFFIX.length));
  }
}

/**
 * The record of a part that is about to be made. Never over that of another process, which may be about to make the same one:
 * with this record beside it, that part would be taken for what it is not.
 * @throws TributaryError `file-exists`, `disk-*`
 */
export async function writeFirstRecord(targetPath: string, record: ResumeRecord): Promise<void> {
  const path = targetPath + RECORD_SUFFIX;
  // Of this process alone, too.
  const aside = asidePath(targetPath, 'record');
  try {
    await writeFile(aside, JSON.stringify(sealed(record)), { mode: 0o600, flag: 'wx', flush: true });
    if ((await linkOrRename(aside, path)) === 'linked') await unlink(aside);
    nameAdded(path);
  } catch (error) {
    await removeFile(aside).catch(() => {});
    throw toPartError(toDiskError(error, path), targetPath);
  }
}

function sealed(record: ResumeRecord): v.InferOutput<typeof File> {
  // In the order of the schema, as it is read again: the checksum is of the text.
  const body = v.parse(Body, record);
  return { body, sha256: digest(body) };
}

/** When the whole folder has gone, it is the download that people know, not its record. */
function toPartError(error: unknown, targetPath: string): unknown {
  if (!(error instanceof TributaryError) || error.code !== 'file-missing') return error;
  return new TributaryError('file-missing', { path: targetPath + PART_SUFFIX }, { cause: error });
}

/** Null when it is missing, torn, of another version, or contradicts itself: then nothing is known of the part. */
export async function readResumeRecord(path: string): Promise<ResumeRecord | null> {
  const parsed = v.safeParse(File, await readJson(path));
  if (!parsed.success || digest(parsed.output.body) !== parsed.output.sha256) return null;
  return parsed.output.body;
}

function digest(record: ResumeRecord): string {
  return createHash('sha256').update(JSON.stringify(record)).digest('hex');
}

/** Ranges ascend, do not touch and lie within the file. */
function isConsistent({ done, size }: v.InferOutput<typeof Entries>): boolean {
  let last = -1;
  for (const [start, end] of done) {
    if (start <= last || end <= start) return false;
    last = end;
  }
  return size === null || last <= size;
}
