import type { TributaryError } from '../../contract/errors.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Lane, ReadEnd, Source } from '../sources/source.ts';
import { FlowSink } from './flowSink.ts';
import type { HostPolicies } from './hostPolicies.ts';
import type { PartWriter, RunSink } from './partWriter.ts';
import type { Run } from './run.ts';
import type { Throttle } from './throttle.ts';

/** What both ways of fetching (ranges, one stream) share. */
export interface TransferContext {
  readonly source: Source;
  readonly part: PartWriter;
  readonly throttle: Throttle;
  readonly hosts: HostPolicies;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Sinks of the runs under way. */
  readonly sinks: Map<Run, RunSink>;
  onReceived(bytes: number): void;
  onWritten(start: number, end: number): void;
  onRunStarted(run: Run): void;
  onRunFailed(run: Run, error: TributaryError): void;
  /** What was written is void: the file starts again from its first byte. */
  onRestart(): void;
  /** Lanes open now, and why all of them wait; null while one works. */
  onLanes(lanes: number, waiting: TributaryError | null): void;
}

/** One run from its first byte until it is full, ended or failed; whatever was received is written when this settles. */
export async function fetchRun(
  context: TransferContext,
  lane: Lane,
  run: Run,
  options: { signal: AbortSignal },
): Promise<ReadEnd> {
  const sink = context.part.sink({ start: run.start, end: run.end }, (start, end) => context.onWritten(start, end));
  const { throttle, clock } = context;
  const onReceived = (bytes: number): void => {
    run.received(clock);
    context.onReceived(bytes);
  };
  const flow = new FlowSink(sink, { throttle, clock, onReceived });
  context.sinks.set(run, sink);
  context.onRunStarted(run);
  try {
    return await lane.read({ start: run.start, end: run.end }, flow, options);
  } finally {
    context.sinks.delete(run);
    run.position = sink.position;
    await sink.drain().finally(() => sink.close());
  }
}
