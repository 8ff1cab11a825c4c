import { ERRORS, TributaryError } from '../../contract/errors.ts';
import { PartHasher } from '../disk/partHasher.ts';
import { formatChecksum } from '../intake/checksum.ts';
import { provesSameVersion } from '../protocols/http/validators.ts';
import { chunkSizeFor } from '../transfer/chunks.ts';
import type { Interval } from '../transfer/intervalSet.ts';
import { WRONG_LIST } from '../transfer/pieceCheck.ts';
import type { SourceSupply } from '../transfer/sourceSupply.ts';
import { Transfer } from '../transfer/transfer.ts';
import { withoutSources } from '../transfer/withoutSources.ts';
import { askDigests } from './askDigests.ts';
import type { Verdict } from './completeFile.ts';
import type { ContactedFile } from './contactSources.ts';
import { IDLE_PROGRESS } from './idleProgress.ts';
import type { OpenedPart } from './openPart.ts';
import type { PartRecord } from './partRecord.ts';
import { removePart } from './removePart.ts';
import { type Round, Rounds } from './rounds.ts';
import type { RunTaskComponents } from './runComponents.ts';
import type { Task } from './task.ts';

/** How often progress is looked at. */
const PROGRESS_MS = 250;

export interface FetchInit extends ContactedFile {
  readonly opened: Extract<OpenedPart, { kind: 'part' }>;
  readonly maxLanes: number;
  readonly record: PartRecord;
  /** What of an earlier run is kept. */
  readonly done: readonly Interval[];
}

interface RoundInit extends FetchInit {
  readonly round: Round;
  readonly hasher: PartHasher | null;
}

/**
 * Fetches until the bytes are right, or it is certain that nobody gives right ones.
 * @throws TributaryError of network or disk; the signal's reason when aborted
 */
export async function fetchAndVerify(
  task: Task,
  components: RunTaskComponents,
  init: FetchInit,
  options: { signal: AbortSignal },
): Promise<Verdict> {
  const { supply, expected, opened } = init;
  const { digests } = expected;
  const earlierProven = opened.trust === 'proven';
  const rounds = new Rounds({ supply, digests, isFile: () => opened.part.isFile, earlierProven });
  let round = rounds.first(init.done);
  for (;;) {
    // A digest that is being computed will most likely be there in the end.
    const isExpected = digests.checksum !== null || supply.candidates.some(({ described }) => described.laterChecksum);
    const needsHasher = (isExpected || round.list !== null) && opened.part.isFile;
    const algorithm = digests.checksum?.algorithm ?? 'sha256';
    const hasher = needsHasher ? new PartHasher({ path: opened.part.path, algorithm }) : null;
    const current: RoundInit = { ...init, round, hasher };
    const transfer = openTransfer(task, components, current);
    try {
      const size = await runWithProgress(task, transfer, components, options);
      task.update({ sizeBytes: size, receivedBytes: size });
      if (init.lead.described.sizeBytes === null) await opened.part.setLength(size);
      const verdict = await verify(task, components, current, { size, piecesRight: transfer.piecesRight }, options);
      const next = verdict.wrong === null ? null : await rounds.afterWrongWhole(round, transfer, size);
      if (next === null) return verdict;
      round = next;
    } catch (error) {
      if (options.signal.aborted || !isFaultOfList(error, round, supply)) {
        await opened.part.close();
        await leavePart(task, transfer, init);
        throw error;
      }
      round = await rounds.afterWrongList(round, transfer);
    } finally {
      await hasher?.close();
    }
  }
}

/** By the word of one source the bytes of all are wrong: then it is the word that is. */
function isFaultOfList(error: unknown, { list }: Round, supply: SourceSupply): boolean {
  if (list === null || list.teller === null) return false;
  if (error === WRONG_LIST) return true;
  const isTrouble = error instanceof TributaryError && ERRORS[error.code].category !== 'disk';
  return isTrouble && supply.forgive();
}

/** What an unfinished run leaves behind; never fails: what ended it is what is told. */
async function leavePart(task: Task, transfer: Transfer, { opened, record }: FetchInit): Promise<void> {
  if (!opened.part.isFile) return;
  if (transfer.progress().receivedBytes > 0) await record.end();
  else await removePart(task).catch(() => {});
}

function openTransfer(task: Task, components: RunTaskComponents, init: RoundInit): Transfer {
  const { lead, supply, expected, opened, record, round, hasher, maxLanes } = init;
  const { done, given, excluded, list } = round;
  const { sizeBytes, ranges, version } = lead.described;
  return new Transfer(
    {
      ...components,
      sources: withoutSources(supply, excluded),
      hasher,
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
      pieces: list?.pieces ?? null,
      doubtful: list !== null && list.teller !== null,
      maxLanes,
      chunks: {
        fileHash: expected.digests.checksum?.hex ?? task.id,
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
  { lead, supply, expected, opened, hasher, round, done }: RoundInit,
  { size, piecesRight }: { size: number; piecesRight: boolean },
  options: { signal: AbortSignal },
): Promise<Verdict> {
  const { digests } = expected;
  if (digests.checksum === null) await askDigests(supply, digests, components.clock, options);
  const { checksum: told } = digests;
  const checksum = told ?? (await expected.lateChecksum);
  // Every lane checks what it gives against the hashes of the file's blocks; what an earlier run left may be of other lanes.
  const isOfContent = lead.source.kind === 'ipfs' && opened.trust === 'proven';
  const contentRight = lead.described.content !== undefined && (done.length === 0 || isOfContent);
  if (checksum === null) {
    const proven = piecesRight && round.list?.teller === null;
    return { checksum, verified: proven || contentRight, wrong: null };
  }
  task.update({ offeredChecksum: formatChecksum(checksum) });
  components.onProgress('verifying', { ...IDLE_PROGRESS, receivedBytes: size });
  const beside = hasher?.algorithm === checksum.algorithm ? await hasher.finish(size, options) : null;
  // It was read while it was written: before it is called wrong, it is read once more as a whole.
  const actual = beside === checksum.hex ? beside : await opened.part.digest(checksum.algorithm, options);
  const right = actual === checksum.hex;
  return { checksum, verified: right, wrong: right ? null : actual };
}

async function runWithProgress(
  task: Task,
  transfer: Transfer,
  components: RunTaskComponents,
  options: { signal: AbortSignal },
): Promise<number> {
  const report = (): void => {
    const progress = transfer.progress();
    task.given = progress.given;
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
