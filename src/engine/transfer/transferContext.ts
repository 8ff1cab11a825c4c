import type { TributaryError } from '../../contract/errors.ts';
import type { ClaimBytes, ReadInMemory } from '../../kit/byteSink.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Lane, ReadEnd, Source } from '../sources/source.ts';
import { FlowSink } from './flowSink.ts';
import type { HostPolicies } from './hostPolicies.ts';
import type { PartWriter, RunSink } from './partWriter.ts';
import type { Run } from './run.ts';
import type { Throttle } from './throttle.ts';

/** What both ways of fetching (ranges, one stream) share. */
export interface TransferContext {
  readonly part: PartWriter;
  /** Every limit that holds for what this source gives: overall, of the task, of the host. */
  readonly throttlesOf: (source: Source) => readonly Throttle[];
  readonly hosts: HostPolicies;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Hashes bytes before they are in the file. @default they are read from there */
  readonly hashInMemory?: ReadInMemory | undefined;
  /** No byte is written twice, unless it was wrong. @default all are */
  readonly claim?: ClaimBytes;
  /** Sinks of the runs under way. */
  readonly sinks: Map<Run, RunSink>;
  onReceived(source: Source, bytes: number): void;
  onWritten(source: Source, start: number, end: number): void;
  onRunStarted(source: Source, run: Run): void;
  /** A lane has asked somebody for the block that begins there. */
  onAsked(offset: number, peer: string): void;
  onRunFailed(source: Source, run: Run, error: TributaryError): void;
  /** It is not asked any more, others go on. */
  onSourceFailed(source: Source, error: TributaryError): void;
  /** What was written is void: the file starts again from its first byte. */
  onRestart(): void;
  /** Lanes open now, and why all of them wait; null while one works. */
  onLanes(lanes: number, waiting: TributaryError | null): void;
}

/** One run from its first byte until it is full, ended or failed; whatever was received is written when this settles. */
export async function fetchRun(
  context: TransferContext,
  source: Source,
  lane: Lane,
  run: Run,
  options: { signal: AbortSignal },
): Promise<ReadEnd> {
  const sink = context.part.sink(
    { start: run.start, end: run.end },
    (start, end) => context.onWritten(source, start, end),
    context.hashInMemory,
    context.claim,
  );
  const { clock } = context;
  const onReceived = (bytes: number): void => {
    run.received(clock);
    context.onReceived(source, bytes);
  };
  const flow = new FlowSink(sink, { throttles: context.throttlesOf(source), clock, onReceived });
  context.sinks.set(run, sink);
  if (source.asksForBlocks !== true) context.onRunStarted(source, run);
  try {
    return await lane.read({ start: run.start, end: run.end }, flow, {
      ...options,
      onAsked: (offset, peer) => context.onAsked(offset, peer),
    });
  } finally {
    context.sinks.delete(run);
    run.position = sink.position;
    await sink.drain().finally(() => sink.close());
  }
}
