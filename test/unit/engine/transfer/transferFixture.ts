import { setTimeout } from 'node:timers/promises';
import type { TributaryError } from '../../../../src/contract/errors.ts';
import type { Source } from '../../../../src/engine/sources/source.ts';
import type { ChunkEvent } from '../../../../src/engine/transfer/chunkTracker.ts';
import type { ContentHasher } from '../../../../src/engine/transfer/contentHasher.ts';
import { RangesFetch, type RangesFetchInit } from '../../../../src/engine/transfer/fetchRanges.ts';
import { HostPolicies } from '../../../../src/engine/transfer/hostPolicies.ts';
import { type Interval, IntervalSet } from '../../../../src/engine/transfer/intervalSet.ts';
import { LOOK_MS } from '../../../../src/engine/transfer/rampUp.ts';
import { Throttle } from '../../../../src/engine/transfer/throttle.ts';
import { Transfer, type TransferInit } from '../../../../src/engine/transfer/transfer.ts';
import type { TransferContext } from '../../../../src/engine/transfer/transferContext.ts';
import { systemClock } from '../../../../src/kit/clock.ts';
import { MemoryPart } from './memoryPart.ts';
import { type ReadScript, ScriptedSource } from './scriptedSource.ts';
import { SteadySupply } from './steadySupply.ts';

/** A clock that runs faster, so that a lane is soon known to be slow. */
export function fastClock(factor: number): () => number {
  return () => performance.now() * factor;
}

/** At least as long as the transfer's own tick: where the machine does nothing else, this clock is right. */
const LONGEST_STEP_MS = 100;

/** A clock that does not see when the machine does something else for a while: a lane would look slow, and be helped out. */
export function steadyClock(): () => number {
  let seenMs = performance.now();
  let nowMs = 0;
  return () => {
    const realMs = performance.now();
    nowMs += Math.min(realMs - seenMs, LONGEST_STEP_MS);
    seenMs = realMs;
    return nowMs;
  };
}

/** One source of each script, of the same file; they are called example.com, mirror1.example ... */
export function sourcesOf(sizeBytes: number, scripts: readonly (ReadScript | undefined)[]): ScriptedSource[] {
  return scripts.map(
    (script, index) =>
      new ScriptedSource(sizeBytes, script, { host: index === 0 ? 'example.com' : `mirror${index}.example` }),
  );
}

export interface RangesFixture {
  /** The first of the sources. */
  readonly source: ScriptedSource;
  readonly sources: readonly ScriptedSource[];
  readonly part: MemoryPart;
  readonly fetch: RangesFetch;
  readonly failures: TributaryError[];
  readonly dropped: [Source, TributaryError][];
  readonly lanesSeen: number[];
  /** From all sources together. */
  readonly receivedBytes: number;
  /** Of all that was asked for in races: a slow machine makes lanes look slow, and such bytes may come twice. */
  readonly racedBytes: number;
  run(): Promise<void>;
}

/** A source that brings too much in the first look gets no second lane. */
export async function notTooFast(): Promise<void> {
  await setTimeout(2 * LOOK_MS);
}

/** Fetches a scripted file into memory, without checkpoints and record. */
export function rangesFetch(init: {
  sizeBytes: number;
  maxLanes?: number;
  script?: ReadScript;
  /** Further sources of the same file. */
  mirrors?: readonly ReadScript[];
  /** How many of them take part from the beginning. @default all */
  joined?: number;
  mayJoin?: () => boolean;
  hosts?: HostPolicies;
  nowMs?: () => number;
  /** What has come before is not written again, as the transfer has it. @default it is */
  claims?: boolean;
  signal?: AbortSignal;
}): RangesFixture {
  const sources = sourcesOf(init.sizeBytes, [init.script, ...(init.mirrors ?? [])]);
  const part = new MemoryPart(init.sizeBytes);
  const failures: TributaryError[] = [];
  const dropped: [Source, TributaryError][] = [];
  const lanesSeen: number[] = [];
  const claimed = new IntervalSet();
  let receivedBytes = 0;
  let racedBytes = 0;
  const nowMs = init.nowMs ?? steadyClock();
  const throttle = new Throttle({ nowMs });
  const context: TransferContext = {
    part,
    throttlesOf: () => [throttle],
    hosts: init.hosts ?? new HostPolicies({ clock: systemClock, dateMs: Date.now }),
    clock: { ...systemClock, nowMs },
    random: () => 0,
    sinks: new Map(),
    claim: (start, end) => {
      const unclaimed = init.claims === true ? claimed.gaps(start, end) : [{ start, end }];
      claimed.add(start, end);
      return unclaimed;
    },
    onReceived: (source, bytes) => {
      receivedBytes += bytes;
      fetch.received(source, bytes);
    },
    onWritten: () => {},
    onRunStarted: (_source, run) => {
      if (run.rival !== null) racedBytes += run.end - run.start;
    },
    onAsked: () => {},
    onRunFailed: (_source, _run, error) => void failures.push(error),
    onSourceFailed: (source, error) => void dropped.push([source, error]),
    onRestart: () => {},
    onLanes: (lanes) => void lanesSeen.push(lanes),
  };
  const options: RangesFetchInit = {
    missing: new IntervalSet([{ start: 0, end: init.sizeBytes }]),
    maxLanes: init.maxLanes ?? 8,
    signal: init.signal ?? new AbortController().signal,
  };
  const { mayJoin } = init;
  const fetch: RangesFetch = new RangesFetch(context, mayJoin === undefined ? options : { ...options, mayJoin });
  for (const source of sources.slice(0, init.joined ?? sources.length)) fetch.join(source);
  const [source] = sources;
  if (source === undefined) throw new Error('there is always a first source');
  const seen = { source, sources, part, fetch, failures, dropped, lanesSeen };
  return {
    ...seen,
    get receivedBytes() {
      return receivedBytes;
    },
    get racedBytes() {
      return racedBytes;
    },
    run: () => fetch.run(),
  };
}

export interface TransferFixture {
  readonly source: ScriptedSource;
  readonly sources: readonly ScriptedSource[];
  readonly supply: SteadySupply;
  readonly part: MemoryPart;
  readonly records: Interval[][];
  readonly chunks: ChunkEvent[];
  readonly transfer: Transfer;
}

/** The whole transfer into memory. */
export function memoryTransfer(
  init: {
    sizeBytes: number;
    script?: ReadScript;
    mirrors?: readonly ReadScript[];
    saveRecord?: (done: readonly Interval[]) => Promise<void>;
    hasherOf?: (part: MemoryPart) => ContentHasher;
  } & Partial<Pick<TransferInit, 'ranges' | 'done' | 'versioned' | 'pieces'> & { told: number | null }>,
): TransferFixture {
  const sources = sourcesOf(init.sizeBytes, [init.script, ...(init.mirrors ?? [])]);
  const supply = new SteadySupply(sources);
  const part = new MemoryPart(init.sizeBytes);
  const [source] = sources;
  if (source === undefined) throw new Error('there is always a first source');
  for (const { start, end } of init.done ?? []) {
    part.bytes.set(source.content.subarray(start, end), start);
    part.written.add(start, end);
  }
  part.flushed = [...part.written];
  const records: Interval[][] = [];
  const chunks: ChunkEvent[] = [];
  const transfer = new Transfer(
    {
      sources: supply,
      part,
      hasher: init.hasherOf?.(part) ?? null,
      throttlesOf: () => [],
      hosts: new HostPolicies({ clock: systemClock, dateMs: Date.now }),
      clock: { ...systemClock, nowMs: steadyClock() },
      random: () => 0,
      saveRecord: async (done) => {
        records.push([...done]);
        await init.saveRecord?.(done);
      },
    },
    {
      sizeBytes: init.told === undefined ? init.sizeBytes : init.told,
      ranges: init.ranges ?? true,
      versioned: init.versioned ?? true,
      done: init.done ?? [],
      pieces: init.pieces ?? null,
      maxLanes: 8,
      chunks: { fileHash: 'hash', chunkSize: 512 * 1024, path: '/x', emit: (event) => void chunks.push(event) },
    },
  );
  return { source, sources, supply, part, records, chunks, transfer };
}
