import { TributaryError } from '../../contract/errors.ts';
import { ChildAbort } from '../../kit/abort.ts';
import { ensureSpace } from '../disk/folder.ts';
import { sameVersion } from '../protocols/http/validators.ts';
import { confirmOverlap } from '../transfer/confirmOverlap.ts';
import type { Interval } from '../transfer/intervalSet.ts';
import type { DescribedSource, Objection } from '../transfer/sourceSupply.ts';
import { watchDigests } from './askDigests.ts';
import type { Verdict } from './completeFile.ts';
import { type FetchInit, fetchAndVerify } from './fetchAndVerify.ts';
import { PartRecord } from './partRecord.ts';
import type { RunTaskComponents } from './runComponents.ts';
import type { Task } from './task.ts';

export type FillPartInit = Omit<FetchInit, 'record' | 'done'>;

/**
 * Fetches what is missing into the part and verifies it. When it fails, the part is closed, the resume record beside it is
 * exact, and an empty part is taken away.
 * @throws TributaryError of network or disk; the signal's reason when aborted
 */
export async function fillPart(
  task: Task,
  components: RunTaskComponents,
  init: FillPartInit,
  options: { signal: AbortSignal },
): Promise<Verdict> {
  const { lead, opened, supply, expected } = init;
  const { part } = opened;
  const { sizeBytes } = lead.described;
  const record = new PartRecord(task, lead, opened.record);
  try {
    const done = await trustedIntervals(init, options);
    if (sizeBytes !== null && part.isFile) {
      await ensureSpace(task.record.folder, sizeBytes - lengthOf(done));
      await part.setLength(sizeBytes);
    }
    if (opened.record !== null) await record.goOn(done);
    supply.follow(lead, (candidate) => {
      const objection = unfitness(candidate, init, record) ?? doubt(candidate, init);
      if (objection !== null) return objection;
      expected.digests.adopt(candidate);
      record.join(candidate);
      return null;
    });
    const asking = new ChildAbort(options.signal);
    void watchDigests(supply, expected.digests, components.clock, { signal: asking.signal }).catch(() => {});
    try {
      return await fetchAndVerify(task, components, { ...init, record, done }, options);
    } finally {
      asking.abort(new Error('the file is there'));
      asking.dispose();
    }
  } catch (error) {
    await part.close();
    throw error;
  }
}

/** Why a mirror cannot take part beside the one that leads; null: it can. */
function unfitness(
  { source, described }: DescribedSource,
  { lead, expected }: FillPartInit,
  record: PartRecord,
): TributaryError | null {
  const { host } = new URL(source.peer);
  const unfit = (reason: string): TributaryError => new TributaryError('mirror-unfit', { host, reason });
  if (described.sizeBytes !== lead.described.sizeBytes) return unfit('its file has another size');
  if (expected.digests.contradict(described.checksums)) return unfit('its file has another digest');
  if (!described.ranges || !lead.described.ranges) return unfit('it gives no parts of files');
  if (described.isMetalink) return unfit('it is a Metalink');
  const { content } = lead.described;
  if (content !== undefined && described.content?.hash !== content.hash)
    return unfit('what it sends cannot be checked');
  // Other tags than those of another host are normal, other ones than its own are not: of an earlier run, or of this one
  // when it failed for a while and is back.
  const known = record.versionOf(source);
  return known === null || sameVersion(known, described.version) ? null : new TributaryError('file-changed', { host });
}

/**
 * Two seeds whose digests are not known yet may have different files of one size: only one of them takes part, until a
 * digest tells. What others give beside it was vouched for by the user, or by seeds that can do no better.
 */
function doubt({ source, described }: DescribedSource, { supply, expected }: FillPartInit): Objection | null {
  if (described.laterChecksum === undefined || expected.digests.checksum !== null) return null;
  const { joined, candidates } = supply;
  const isAnother = candidates.some(
    (other) => joined.includes(other.source) && other.described.laterChecksum !== undefined,
  );
  if (!isAnother) return null;
  const { host } = new URL(source.peer);
  return { forNow: new TributaryError('mirror-unfit', { host, reason: 'the digest of its file is not known yet' }) };
}

/** What of an earlier run can be kept. @throws TributaryError `file-changed` when a link is new and its file another one */
async function trustedIntervals(
  { lead, opened, expected }: FillPartInit,
  options: { signal: AbortSignal },
): Promise<Interval[]> {
  const done = (opened.record?.done ?? []).map(([start, end]) => ({ start, end }));
  if (done.length === 0 || opened.trust === 'proven') return done;
  // Whatever does not belong to it will be found out.
  if (opened.trust === 'other-link' && expected.digests.checksum !== null) return done;
  const readPart = (range: Interval): Promise<Uint8Array> => opened.part.readAt(range);
  if (await confirmOverlap({ source: lead.source, readPart }, done, options)) return done;
  if (opened.trust === 'other-link') throw new TributaryError('file-changed', { host: new URL(lead.source.peer).host });
  return [];
}

function lengthOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { start, end }) => sum + end - start, 0);
}
