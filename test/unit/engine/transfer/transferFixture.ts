import type { TributaryError } from '../../../../src/contract/errors.ts';
import type { ChunkEvent } from '../../../../src/engine/transfer/chunkTracker.ts';
import { RangesFetch } from '../../../../src/engine/transfer/fetchRanges.ts';
import { HostPolicies } from '../../../../src/engine/transfer/hostPolicies.ts';
import { type Interval, IntervalSet } from '../../../../src/engine/transfer/intervalSet.ts';
import { Throttle } from '../../../../src/engine/transfer/throttle.ts';
import { Transfer, type TransferInit } from '../../../../src/engine/transfer/transfer.ts';
import type { TransferContext } from '../../../../src/engine/transfer/transferContext.ts';
import { systemClock } from '../../../../src/kit/clock.ts';
import { MemoryPart } from './memoryPart.ts';
import { type ReadScript, ScriptedSource } from './scriptedSource.ts';

/** A clock that runs faster, so that a lane is soon known to be slow. */
export function fastClock(factor: number): () => number {
  return () => performance.now() * factor;
}

/** Fetches a scripted file into memory, without checkpoints and record. */
export function rangesFetch(init: {
  sizeBytes: number;
  maxLanes?: number;
  script?: ReadScript;
  nowMs?: () => number;
  signal?: AbortSignal;
}): {
  source: ScriptedSource;
  part: MemoryPart;
  failures: TributaryError[];
  lanesSeen: number[];
  run(): Promise<void>;
} {
  const source = new ScriptedSource(init.sizeBytes, init.script);
  const part = new MemoryPart(init.sizeBytes);
  const failures: TributaryError[] = [];
  const lanesSeen: number[] = [];
  const nowMs = init.nowMs ?? (() => performance.now());
  const context: TransferContext = {
    source,
    part,
    throttle: new Throttle({ nowMs }),
    hosts: new HostPolicies({ clock: systemClock, dateMs: Date.now }),
    clock: { ...systemClock, nowMs },
    random: () => 0,
    sinks: new Map(),
    onReceived: (bytes) => fetch.received(bytes),
    onWritten: () => {},
    onRunStarted: () => {},
    onRunFailed: (_run, error) => void failures.push(error),
    onRestart: () => {},
    onLanes: (lanes) => void lanesSeen.push(lanes),
  };
  const fetch: RangesFetch = new RangesFetch(context, {
    missing: new IntervalSet([{ start: 0, end: init.sizeBytes }]),
    maxLanes: init.maxLanes ?? 8,
    signal: init.signal ?? new AbortController().signal,
  });
  return { source, part, failures, lanesSeen, run: () => fetch.run() };
}

/** The whole transfer into memory. */
export function memoryTransfer(
  init: { sizeBytes: number; script?: ReadScript; saveRecord?: (done: readonly Interval[]) => Promise<void> } & Partial<
    Pick<TransferInit, 'ranges' | 'done' | 'versioned'> & { told: number | null }
  >,
): { source: ScriptedSource; part: MemoryPart; records: Interval[][]; chunks: ChunkEvent[]; transfer: Transfer } {
  const source = new ScriptedSource(init.sizeBytes, init.script);
  const part = new MemoryPart(init.sizeBytes);
  for (const { start, end } of init.done ?? []) {
    part.bytes.set(source.content.subarray(start, end), start);
    part.written.add(start, end);
  }
  part.flushed = [...part.written];
  const records: Interval[][] = [];
  const chunks: ChunkEvent[] = [];
  const nowMs = (): number => performance.now();
  const transfer = new Transfer(
    {
      source,
      part,
      throttle: new Throttle({ nowMs }),
      hosts: new HostPolicies({ clock: systemClock, dateMs: Date.now }),
      clock: systemClock,
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
      maxLanes: 8,
      chunks: { fileHash: 'hash', chunkSize: 512 * 1024, path: '/x', emit: (event) => void chunks.push(event) },
    },
  );
  return { source, part, records, chunks, transfer };
}
