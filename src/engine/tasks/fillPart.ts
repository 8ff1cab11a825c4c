import { TributaryError } from '../../contract/errors.ts';
import { PART_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';
import { removeLeftAsides } from '../disk/aside.ts';
import { ensureSpace, exists } from '../disk/folder.ts';
import { mayExist } from '../disk/folderNames.ts';
import { removeFile } from '../disk/jsonFile.ts';
import { PartHasher } from '../disk/partHasher.ts';
import { isRunning } from '../disk/processIdentity.ts';
import { readResumeRecord } from '../disk/resumeRecord.ts';
import { formatChecksum } from '../intake/checksum.ts';
import { provesSameVersion, sameVersion } from '../protocols/http/validators.ts';
import type { Source } from '../sources/source.ts';
import { chunkSizeFor } from '../transfer/chunks.ts';
import { confirmOverlap } from '../transfer/confirmOverlap.ts';
import type { ContentHasher } from '../transfer/contentHasher.ts';
import type { Interval } from '../transfer/intervalSet.ts';
import type { DescribedSource } from '../transfer/sourceSupply.ts';
import { Suspects } from '../transfer/suspects.ts';
import { Transfer } from '../transfer/transfer.ts';
import { withoutSources } from '../transfer/withoutSources.ts';
import type { Verdict } from './completeFile.ts';
import type { ContactedFile } from './contactSources.ts';
import { IDLE_PROGRESS } from './idleProgress.ts';
import type { OpenedPart } from './openPart.ts';
import { PartRecord } from './partRecord.ts';
import type { RunTaskComponents } from './runComponents.ts';
import type { Task } from './task.ts';

/** How often progress is looked at. */
const PROGRESS_MS = 250;

export interface FillPartInit extends ContactedFile {
  readonly opened: Extract<OpenedPart, { kind: 'part' }>;
  readonly maxLanes: number;
}

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
  const { lead, opened, supply } = init;
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
      const error = unfitness(candidate, init);
      if (error === null) record.join(candidate);
      return error;
    });
    return await fetchAndVerify(task, components, { ...init, record, done }, options);
  } catch (error) {
    await part.close();
    throw error;
  }
}

/** Deletes what an unfinished task has left on disk. */
export async function removePart(task: Task): Promise<void> {
  await removeLeftAsides(task.targetPath);
  if (task.record.targetName === null) return;
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

/** Until the bytes are right, or it is certain that nobody gives right ones. */
async function fetchAndVerify(
  task: Task,
  components: RunTaskComponents,
  init: FillPartInit & { record: PartRecord; done: readonly Interval[] },
  options: { signal: AbortSignal },
): Promise<Verdict> {
  const { supply, expected, opened, lead } = init;
  let suspects: Suspects<Source> | null = null;
  let done = init.done;
  let excluded: ReadonlySet<Source> = new Set();
  let given: ReadonlyMap<Source, readonly Interval[]> = new Map();
  for (;;) {
    const needsHasher = expected.checksum !== null || expected.pieces !== null;
    const hasher =
      needsHasher && opened.part.isFile
        ? new PartHasher({ path: opened.part.path, algorithm: expected.checksum?.algorithm ?? 'sha256' })
        : null;
    try {
      const transfer = startTransfer(task, components, {
        ...init,
        sources: withoutSources(supply, excluded),
        hasher,
        done,
        given,
      });
      const size = await runWithProgress(task, transfer, components, options).catch(async (error: unknown) => {
        await opened.part.close();
        await leavePart(task, transfer, init);
        throw error;
      });
      task.update({ sizeBytes: size, receivedBytes: size });
      if (lead.described.sizeBytes === null) await opened.part.setLength(size);
      const verdict = await verify(
        task,
        components,
        { ...init, hasher, size, piecesRight: transfer.piecesRight },
        options,
      );
      if (verdict.wrong === null) return verdict;
      const joined = supply.joined;
      suspects ??= joined.length > 1 ? new Suspects(joined, size) : null;
      const trial = suspects?.next(transfer.contributions()) ?? null;
      if (trial === null) return verdict;
      given = transfer.contributions();
      ({ kept: done, excluded } = trial);
    } finally {
      await hasher?.close();
    }
  }
}

/** What an unfinished run leaves behind; never fails: what ended it is what is told. */
async function leavePart(
  task: Task,
  transfer: Transfer,
  { opened, record }: FillPartInit & { record: PartRecord },
): Promise<void> {
  if (!opened.part.isFile) return;
  if (transfer.progress().receivedBytes > 0) await record.end();
  else await removePart(task).catch(() => {});
}

function startTransfer(
  task: Task,
  components: RunTaskComponents,
  init: FillPartInit & {
    record: PartRecord;
    sources: ReturnType<typeof withoutSources>;
    hasher: PartHasher | null;
    done: readonly Interval[];
    given: ReadonlyMap<Source, readonly Interval[]>;
  },
): Transfer {
  const { lead, expected, opened, record, sources, hasher, done, given, maxLanes } = init;
  const { sizeBytes, ranges, version } = lead.described;
  return new Transfer(
    {
      ...components,
      sources,
      // Nobody will ask for the digest of the whole, unless a piece is missing in the end.
      hasher: expected.piecesSuffice && hasher !== null ? piecesOnly(hasher) : hasher,
      part: opened.part,
      throttlesOf: (source) => components.throttlesOf(task, source),
      saveRecord: async (finished) => {
        if (opened.part.isFile) await record.save(finished);
      },
    },
    {
      sizeBytes,
      ranges,
      versioned: provesSameVersion(version, version),
      done,
      given,
      pieces: expected.pieces,
      maxLanes,
      chunks: {
        fileHash: expected.checksum?.hex ?? task.id,
        chunkSize: chunkSizeFor(sizeBytes),
        path: task.targetPath,
        content: lead.described.content ?? null,
        emit: components.onChunk,
      },
    },
  );
}

async function verify(
  task: Task,
  components: RunTaskComponents,
  { lead, expected, opened, hasher, size, piecesRight }: FillPartInit & VerifyInit,
  options: { signal: AbortSignal },
): Promise<Verdict> {
  // The same bytes are not hashed twice.
  if (expected.piecesSuffice && piecesRight) return { checksum: null, verified: true, wrong: null };
  const begun = expected.checksum;
  const checksum = begun ?? (await expected.lateChecksum);
  // Every lane checks what it gives against the hashes of the file's blocks; what an earlier run left may be of other lanes.
  const contentRight = lead.described.content !== undefined && (lead.source.kind === 'ipfs' || opened.record === null);
  if (checksum === null) return { checksum, verified: piecesRight || contentRight, wrong: null };
  task.update({ offeredChecksum: formatChecksum(checksum) });
  components.onProgress('verifying', { ...IDLE_PROGRESS, receivedBytes: size });
  const beside = begun === null || hasher === null ? null : await hasher.finish(size, options);
  // It was read while it was written: before it is called wrong, it is read once more as a whole.
  const actual = beside === checksum.hex ? beside : await opened.part.digest(checksum.algorithm, options);
  const right = actual === checksum.hex;
  return { checksum, verified: right, wrong: right ? null : actual };
}

interface VerifyInit {
  readonly hasher: PartHasher | null;
  readonly size: number;
  readonly piecesRight: boolean;
}

async function runWithProgress(
  task: Task,
  transfer: Transfer,
  components: RunTaskComponents,
  options: { signal: AbortSignal },
): Promise<number> {
  const report = (): void => {
    const progress = transfer.progress();
    task.update({ receivedBytes: progress.receivedBytes });
    components.onProgress('downloading', progress);
  };
  report();
  const timer = components.clock.every(PROGRESS_MS, report);
  try {
    return await transfer.run(options);
  } finally {
    timer.dispose();
    report();
  }
}

/** Why a mirror cannot take part beside the one that leads; null: it can. */
function unfitness({ source, described }: DescribedSource, init: FillPartInit): TributaryError | null {
  const { lead, opened } = init;
  const { host } = new URL(source.peer);
  const unfit = (reason: string): TributaryError => new TributaryError('mirror-unfit', { host, reason });
  if (described.sizeBytes !== lead.described.sizeBytes) return unfit('its file has another size');
  if (!described.ranges || !lead.described.ranges) return unfit('it gives no parts of files');
  if (described.isMetalink) return unfit('it is a Metalink');
  const { content } = lead.described;
  if (content !== undefined && described.content?.hash !== content.hash)
    return unfit('what it sends cannot be checked');
  // Other tags than those of another host are normal, other ones than its own of an earlier run are not.
  const known = opened.record?.sources.find(({ key }) => key === source.key);
  return known === undefined || sameVersion(known, described.version)
    ? null
    : new TributaryError('file-changed', { host });
}

/** What of an earlier run can be kept. @throws TributaryError `file-changed` when a link is new and its file another one */
async function trustedIntervals(
  { lead, opened, expected }: FillPartInit,
  options: { signal: AbortSignal },
): Promise<Interval[]> {
  const done = (opened.record?.done ?? []).map(([start, end]) => ({ start, end }));
  if (done.length === 0 || opened.trust === 'proven') return done;
  // Whatever does not belong to it will be found out.
  if (opened.trust === 'other-link' && expected.checksum !== null) return done;
  const readPart = (range: Interval): Promise<Uint8Array> => opened.part.readAt(range);
  if (await confirmOverlap({ source: lead.source, readPart }, done, options)) return done;
  if (opened.trust === 'other-link') throw new TributaryError('file-changed', { host: new URL(lead.source.peer).host });
  return [];
}

function lengthOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { start, end }) => sum + end - start, 0);
}

function piecesOnly(hasher: ContentHasher): ContentHasher {
  return { advance: () => {}, restart: () => {}, digest: (range, algorithm) => hasher.digest(range, algorithm) };
}
