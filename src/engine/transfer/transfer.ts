import { type ErrorInfo, TributaryError } from '../../contract/errors.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Source } from '../sources/source.ts';
import { ChunkTracker, type ChunkTrackerInit } from './chunkTracker.ts';
import { RangesFetch } from './fetchRanges.ts';
import { fetchStream } from './fetchStream.ts';
import type { HostPolicies } from './hostPolicies.ts';
import { type Interval, IntervalSet } from './intervalSet.ts';
import type { PartWriter, RunSink } from './partWriter.ts';
import type { Run } from './run.ts';
import { SpeedMeter } from './speedMeter.ts';
import type { Throttle } from './throttle.ts';
import type { TransferContext } from './transferContext.ts';

/** After a crash at most this much, and what was in flight, has to be fetched again. */
const CHECKPOINT_MS = 1000;

export interface TransferComponents {
  readonly source: Source;
  readonly part: PartWriter;
  readonly throttle: Throttle;
  readonly hosts: HostPolicies;
  /** Called after a flush with everything that is safe on disk. */
  readonly saveRecord: (done: readonly Interval[]) => Promise<void>;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface TransferInit {
  /** Null: unknown. */
  readonly sizeBytes: number | null;
  readonly ranges: boolean;
  /** The source gives validators, so that bytes of two answers are known to belong together. */
  readonly versioned: boolean;
  /** What earlier runs have left in the part file. */
  readonly done: readonly Interval[];
  readonly maxLanes: number;
  readonly chunks: Omit<ChunkTrackerInit, 'sizeBytes'>;
}

export interface TransferProgress {
  readonly receivedBytes: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
  readonly lanes: number;
  /** Why every lane waits; null while one works. */
  readonly waiting: ErrorInfo | null;
}

/** Fills one part file from its source, whatever kind that is. */
export class Transfer {
  readonly #components: TransferComponents;
  readonly #init: TransferInit;
  readonly #written: IntervalSet;
  readonly #chunks: ChunkTracker;
  readonly #meter: SpeedMeter;
  readonly #sinks = new Map<Run, RunSink>();
  #lanes = 0;
  #flushFailed = false;
  #waiting: TributaryError | null = null;
  /** Received in runs under way, whether written yet or not. */
  #unsavedBytes = 0;

  constructor(components: TransferComponents, init: TransferInit) {
    this.#components = components;
    this.#init = init;
    this.#written = new IntervalSet(init.done);
    this.#chunks = new ChunkTracker({ ...init.chunks, sizeBytes: init.sizeBytes });
    for (const { start, end } of this.#written) this.#chunks.restore(start, end);
    this.#meter = new SpeedMeter(components.clock.nowMs());
  }

  /** Call it at a steady pace: the speed is averaged between calls. */
  progress(): TransferProgress {
    const bytesPerSecond = this.#meter.read(this.#components.clock.nowMs());
    const receivedBytes = Math.min(
      this.#written.length + this.#unsavedBytes,
      this.#init.sizeBytes ?? Number.POSITIVE_INFINITY,
    );
    const missing = this.#init.sizeBytes === null ? null : this.#init.sizeBytes - receivedBytes;
    const secondsLeft = missing === null || bytesPerSecond < 1 ? null : missing / bytesPerSecond;
    return { receivedBytes, bytesPerSecond, secondsLeft, lanes: this.#lanes, waiting: this.#waiting?.toInfo() ?? null };
  }

  /**
   * Resolves when every byte is written and flushed. When it fails or is stopped, the record tells exactly what the part
   * file holds; when it succeeds no last record is written, because the part gets its final name next.
   * @returns the file's size in bytes
   * @throws TributaryError of network or disk; the signal's reason when aborted
   */
  async run(options: { signal: AbortSignal }): Promise<number> {
    const checkpoints = new Checkpoints(() => this.#checkpoint());
    const failed = new AbortController();
    const signal = AbortSignal.any([options.signal, failed.signal]);
    const timer = this.#components.clock.every(CHECKPOINT_MS, () => {
      checkpoints.request().catch((error: unknown) => failed.abort(error));
    });
    try {
      const size = await this.#fetch(signal);
      // A record that is begun from here on could be written after everything was tidied up.
      timer.dispose();
      await checkpoints.idle();
      await this.#flush();
      // Counted bytes decide, never an empty queue.
      if (this.#written.length !== size)
        throw new TributaryError('internal', { reason: 'a part of the file was not written' });
      return size;
    } catch (error) {
      timer.dispose();
      if (!this.#flushFailed) await checkpoints.last();
      throw error;
    } finally {
      timer.dispose();
    }
  }

  async #fetch(signal: AbortSignal): Promise<number> {
    const { sizeBytes, ranges, maxLanes } = this.#init;
    if (sizeBytes === null || !ranges) return this.#fetchStream(signal);
    const fetch: RangesFetch = new RangesFetch(
      this.#context((bytes) => {
        this.#meter.add(bytes);
        fetch.received(bytes);
      }),
      { missing: this.#written.missing(sizeBytes), maxLanes, signal },
    );
    try {
      await fetch.run();
      return sizeBytes;
    } catch (error) {
      if (!(error instanceof TributaryError && error.code === 'range-ignored')) throw error;
      // The server has lost its ranges midway: slower is better than not at all.
      return this.#fetchStream(signal);
    }
  }

  async #fetchStream(signal: AbortSignal): Promise<number> {
    const { sizeBytes, versioned } = this.#init;
    const init = { sizeBytes, keepWritten: sizeBytes !== null && versioned };
    const size = await fetchStream(
      this.#context((bytes) => this.#meter.add(bytes)),
      init,
      { signal },
    );
    this.#chunks.ended();
    return size;
  }

  #context(onReceived: (bytes: number) => void): TransferContext {
    const { source, part, throttle, hosts, clock, random } = this.#components;
    return {
      source,
      part,
      throttle,
      hosts,
      clock,
      random,
      sinks: this.#sinks,
      onReceived: (bytes) => {
        this.#unsavedBytes += bytes;
        onReceived(bytes);
      },
      onWritten: (start, end) => {
        this.#unsavedBytes -= end - start;
        // A stream over what is there already completes no chunk a second time.
        for (const gap of this.#written.gaps(start, end)) this.#chunks.written(gap.start, gap.end, source.peer);
        this.#written.add(start, end);
      },
      onRunStarted: (run) => this.#chunks.started(run.start, source.peer),
      onRunFailed: (run, error) => this.#chunks.failed(run.position, error.code),
      onRestart: () => {
        for (const { start, end } of [...this.#written]) this.#written.remove(start, end);
        this.#chunks.reset();
      },
      onLanes: (lanes, waiting) => {
        this.#lanes = lanes;
        this.#waiting = waiting;
      },
    };
  }

  /** The kernel reports lost pages once: after a failure no later flush proves anything, and the last record stands. */
  async #flush(): Promise<void> {
    try {
      await this.#components.part.flush();
    } catch (error) {
      this.#flushFailed = true;
      throw error;
    }
  }

  /** First the bytes, then the record: it never promises what a power cut could take back. */
  async #checkpoint(): Promise<void> {
    await Promise.all([...this.#sinks.values()].map((sink) => sink.drain()));
    const done = [...this.#written];
    await this.#flush();
    await this.#components.saveRecord(done);
  }
}

/** Runs one checkpoint at a time; when one was due meanwhile (a slow disk), the next follows at once. */
class Checkpoints {
  readonly #write: () => Promise<void>;
  #running: Promise<void> | null = null;
  #due = false;

  constructor(write: () => Promise<void>) {
    this.#write = write;
  }

  /** @throws TributaryError of the disk */
  request(): Promise<void> {
    this.#due = true;
    this.#running ??= this.#writeWhileDue().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /**
   * Resolves when none is under way. A failed flush counts however late it is: the kernel tells of lost pages only once.
   * @throws TributaryError of the disk
   */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** A checkpoint that began after this call. */
  async last(): Promise<void> {
    await this.#running?.catch(() => {});
    await this.request();
  }

  async #writeWhileDue(): Promise<void> {
    while (this.#due) {
      this.#due = false;
      await this.#write();
    }
  }
}
