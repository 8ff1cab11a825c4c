import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { readJson, writeJson } from './jsonFile.ts';
import { ProcessIdentity } from './processIdentity.ts';

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

const Body = v.object({
  version: v.literal(1),
  /** SHA-256 of the link: recognises it without writing its query down. */
  addressKey: v.string(),
  /** Origin and path, for people who find the file. */
  address: v.string(),
  size: v.nullable(Count),
  etag: v.nullable(v.string()),
  lastModified: v.nullable(v.string()),
  chunkSize: Count,
  /** Finished ranges, half-open, ascending, flushed before they were written here. */
  done: v.array(v.tuple([Count, Count])),
  /** Who is writing to the part file now; null when nobody is. */
  owner: v.nullable(ProcessIdentity),
});
/** `<name>.part.json`: what is known of a part file. */
export type ResumeRecord = v.InferOutput<typeof Body>;

const File = v.object({ body: Body, sha256: v.string() });

/** Atomic, and durable when it returns. @throws TributaryError `disk-*` */
export function writeResumeRecord(path: string, record: ResumeRecord): Promise<void> {
  return writeJson(path, { body: record, sha256: digest(record) });
}

/** Null when it is missing, torn, of another version, or contradicts itself: then nothing is known of the part. */
export async function readResumeRecord(path: string): Promise<ResumeRecord | null> {
  const parsed = v.safeParse(File, await readJson(path));
  if (!parsed.success || digest(parsed.output.body) !== parsed.output.sha256) return null;
  return parsed.output.body;
}

export function addressKey(url: string): string {
  return createHash('sha256').update(url).digest('hex');
}

function digest(record: ResumeRecord): string {
  return createHash('sha256').update(JSON.stringify(record)).digest('hex');
}
