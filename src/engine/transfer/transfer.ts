import { type ErrorInfo, TributaryError } from '../../contract/errors.ts';
import { ChildAbort } from '../../kit/abort.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Event } from '../../kit/emitter.ts';
import type { PieceHashes, Source } from '../sources/source.ts';
import { Checkpoints } from './checkpoints.ts';
import { ChunkTracker, type ChunkTrackerInit } from './chunkTracker.ts';
import type { ContentHasher } from './contentHasher.ts';
import { RangesFetch } from './fetchRanges.ts';
import { fetchStream } from './fetchStream.ts';
import type { HostPolicies } from './hostPolicies.ts';
import { type Interval, IntervalSet } from './intervalSet.ts';
import type { PartWriter, RunSink } from './partWriter.ts';
import { PieceCheck } from './pieceCheck.ts';
import { Provenance } from './provenance.ts';
import type { Run } from './run.ts';
import { SpeedMeter } from './speedMeter.ts';
import type { Throttle } from './throttle.ts';
import type { TransferContext } from './transferContext.ts';

/** After a crash at most this much, and what was in flight, has to be fetched again. */
const CHECKPOINT_MS = 1000;

/** The sources of one file, as far as they have answered. */
export interface TransferSources {
  /** Described, of the same file, and not given up; the first one leads. */
  readonly joined: readonly Source[];
  readonly onDidJoin: Event<Source>;
  /** One that might have joined has been given up. */
  readonly onDidGiveUp: Event<void>;
  /** Some have not answered yet. */
  readonly mayJoin: boolean;
  /** The transfer asks this one no more. */
  failed(source: Source, error: TributaryError): void;
}

export interface TransferComponents {
  readonly sources: TransferSources;
  readonly part: PartWriter;
  /** Null: nothing is to be hashed. */
  readonly hasher: ContentHasher | null;
  readonly throttlesOf: (source: Source) => readonly Throttle[];
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
  /** Who gave which of that, when the file was complete once and turned out to be wrong. @default nobody knows */
  readonly given?: ReadonlyMap<Source, readonly Interval[]>;
  readonly pieces: PieceHashes | null;
  /** Only one source vouches for the pieces: `run` rejects with `WRONG_LIST` when it seems to lie. @default false */
  readonly doubtful?: boolean;
  readonly maxLanes: number;
  readonly chunks: Omit<ChunkTrackerInit, 'sizeBytes'>;
}

export interface TransferProgress {
  readonly receivedBytes: number;
  /** Of that, what each source gave in this run. */
  readonly given: ReadonlyMap<Source, number>;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
  readonly lanes: number;
  /** Why every lane waits; null while one works. */
  readonly waiting: ErrorInfo | null;
}

/** Fills one part file from its sources, whatever kinds they are. */
export class Transfer {
  readonly #components: TransferComponents;
  readonly #init: TransferInit;
  readonly #written: IntervalSet;
  /** That, and what is being written. */
  readonly #claimed: IntervalSet;
  /** Of that, what the hash of its piece has shown to be right; without pieces, all of it. */
  #right: IntervalSet;
  readonly #provenance = new Provenance<Source>();
  readonly #chunks: ChunkTracker;
  readonly #meter: SpeedMeter;
  readonly #sinks = new Map<Run, RunSink>();
  #check: PieceCheck | null = null;
  #lanes = 0;
  #failedFlush: { readonly error: unknown } | null = null;
  /** The last one that was given up because it gives no ranges any more. */
  #rangeless: Source | null = null;
  #waiting: TributaryError | null = null;
  /** Received in runs under way, whether written yet or not. */
  #unsavedBytes = 0;

  constructor(components: TransferComponents, init: TransferInit) {
    this.#components = components;
    this.#init = init;
    this.#written = new IntervalSet(init.done);
    this.#claimed = new IntervalSet(init.done);
    for (const [source, intervals] of init.given ?? []) {
      for (const { start, end } of intervals) this.#provenance.addWithin(source, start, end, this.#written);
    }
    this.#right = init.pieces === null ? this.#written : new IntervalSet();
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
    return {
      receivedBytes,
      given: this.#provenance.amounts(),
      bytesPerSecond,
      secondsLeft,
      lanes: this.#lanes,
      waiting: this.#waiting?.toInfo() ?? null,
    };
  }

  /** What the file holds, right or wrong. */
  get written(): readonly Interval[] {
    return [...this.#written];
  }

  /** What the file holds of each source; the rest is of earlier runs. */
  contributions(): ReadonlyMap<Source, readonly Interval[]> {
    return this.#provenance.contributions();
  }

  /** Every byte belongs to a piece whose hash is right. */
  get piecesRight(): boolean {
    return this.#check !== null && this.#right.length === this.#init.sizeBytes;
  }

  /**
   * Resolves when every byte is written and flushed. When it fails or is stopped, the record tells exactly what the part
   * file holds; when it succeeds no last record is written, because the part gets its final name next.
   * @returns the file's size in bytes
   * @throws TributaryError of network or disk, `wrong-content` (a piece is wrong wherever it is fetched from); the
   *   signal's reason when aborted; `WRONG_LIST`
   */
  async run(options: { signal: AbortSignal }): Promise<number> {
    const checkpoints = new Checkpoints(() => this.#checkpoint());
    const failed = new ChildAbort(options.signal);
    const { signal } = failed;
    const timer = this.#components.clock.every(CHECKPOINT_MS, () => {
      checkpoints.request().catch((error: unknown) => failed.abort(error));
    });
    try {
      const size = await this.#fetch(signal, (error) => failed.abort(error));
      // A record that is begun from here on could be written after everything was tidied up.
      timer.dispose();
      await checkpoints.idle();
      await this.#flush({ complete: true });
      // Counted bytes decide, never an empty queue.
      if (this.#written.length !== size || this.#right.length !== size)
        throw new TributaryError('internal', { reason: 'a part of the file was not written' });
      return size;
    } catch (error) {
      timer.dispose();
      if (this.#failedFlush === null) await checkpoints.last();
      throw error;
    } finally {
      timer.dispose();
      failed.dispose();
    }
  }

  async #fetch(signal: AbortSignal, fail: (error: unknown) => void): Promise<number> {
    const { sizeBytes, ranges } = this.#init;
    const [lead] = this.#components.sources.joined;
    if (lead === undefined) throw new TributaryError('internal', { reason: 'there is no source' });
    if (sizeBytes === null || !ranges) return this.#fetchStream(lead, signal);
    try {
      await this.#fetchRanges(sizeBytes, signal, fail);
      return sizeBytes;
    } catch (error) {
      // What a piece's hash has shown to be right is not written over by a stream.
      const lostRanges = error instanceof TributaryError && error.code === 'range-ignored';
      if (!lostRanges || this.#check !== null) throw error;
      // The server has lost its ranges midway: slower is better than not at all.
      return this.#fetchStream(this.#rangeless ?? lead, signal);
    }
  }

  async #fetchRanges(sizeBytes: number, signal: AbortSignal, fail: (error: unknown) => void): Promise<void> {
    const { sources, hasher } = this.#components;
    const { pieces, doubtful = false, maxLanes } = this.#init;
    const fetch: RangesFetch = new RangesFetch(
      this.#context((source, bytes) => fetch.received(source, bytes)),
      {
        missing: this.#written.missing(sizeBytes),
        maxLanes,
        orderly: hasher !== null,
        signal,
        mayJoin: () => sources.mayJoin,
      },
    );
    if (pieces !== null && hasher !== null) {
      const onWrong = (start: number, end: number): void => {
        this.#written.remove(start, end);
        this.#claimed.remove(start, end);
        this.#provenance.forget(start, end);
        this.#chunks.restart(start, end);
        fetch.refetch(start, end);
      };
      this.#check = new PieceCheck(
        {
          digest: (range, algorithm) => hasher.digest(range, algorithm),
          written: this.#written,
          provenance: this.#provenance,
          onWrong,
          ban: (source, start, end) => fetch.ban(source, start, end),
          drop: (source, error) => fetch.drop(source, error),
          checking: () => fetch.checking(),
          checked: () => {
            fetch.checked();
            this.#advanceHash();
          },
          fail,
        },
        { pieces, doubtful, sizeBytes, right: this.#right },
      );
      for (const { start, end } of [...this.#written]) this.#check.written(start, end);
    }
    this.#advanceHash();
    const joins = sources.onDidJoin((source) => fetch.join(source));
    const givenUp = sources.onDidGiveUp(() => fetch.sourcesChanged());
    try {
      for (const source of sources.joined) fetch.join(source);
      await fetch.run();
    } finally {
      joins.dispose();
      givenUp.dispose();
    }
  }

  async #fetchStream(source: Source, signal: AbortSignal): Promise<number> {
    const { sizeBytes, versioned } = this.#init;
    const init = { sizeBytes, keepWritten: sizeBytes !== null && versioned };
    // Pieces are of no use here: what is wrong could not be fetched again alone.
    this.#right = this.#written;
    const size = await fetchStream(
      this.#context(() => {}),
      source,
      init,
      { signal },
    );
    this.#chunks.ended();
    return size;
  }

  #context(onReceived: (source: Source, bytes: number) => void): TransferContext {
    const { sources, part, hasher, throttlesOf, hosts, clock, random } = this.#components;
    return {
      part,
      throttlesOf,
      hosts,
      clock,
      random,
      sinks: this.#sinks,
      // Of pieces, only those that are right go into the digest of the whole.
      hashInMemory:
        hasher === null || this.#init.pieces !== null ? undefined : (bytes, start) => hasher.take(bytes, start),
      claim: (start, end) => this.#claim(start, end),
      onReceived: (source, bytes) => {
        this.#unsavedBytes += bytes;
        this.#meter.add(bytes);
        onReceived(source, bytes);
      },
      onWritten: (source, start, end) => {
        this.#unsavedBytes -= end - start;
        // A stream over what is there already completes no chunk a second time.
        for (const gap of this.#written.gaps(start, end)) this.#chunks.written(gap.start, gap.end, source.peer);
        this.#written.add(start, end);
        this.#provenance.add(source, start, end);
        this.#check?.written(start, end);
        this.#advanceHash();
      },
      onRunStarted: (source, run) => this.#chunks.started(run.start, source.peer),
      onAsked: (offset, peer) => this.#chunks.started(offset, peer),
      onRunFailed: (_source, run, error) => this.#chunks.failed(run.position, error.code),
      onSourceFailed: (source, error) => {
        if (error.code === 'range-ignored') this.#rangeless = source;
        sources.failed(source, error);
      },
      onRestart: () => {
        this.#written.clear();
        this.#claimed.clear();
        this.#chunks.reset();
        this.#components.hasher?.restart();
      },
      onLanes: (lanes, waiting) => {
        this.#lanes = lanes;
        this.#waiting = waiting;
      },
    };
  }

  /**
   * Of two that race, the first to bring a byte writes it. What the other one has received lands in the file after that,
   * where bytes have been hashed already: of another source, it would be in the file though its hash is right.
   */
  #claim(start: number, end: number): Interval[] {
    const unclaimed = this.#claimed.gaps(start, end);
    this.#claimed.add(start, end);
    this.#unsavedBytes -= unclaimed.reduce((left, gap) => left - (gap.end - gap.start), end - start);
    return unclaimed;
  }

  /** What is there from the first byte on can be hashed while the rest is still on its way. */
  #advanceHash(): void {
    const { first } = this.#right;
    if (first?.start === 0) this.#components.hasher?.advance(first.end);
  }

  /** The kernel reports lost pages once: after a failure no later flush proves anything, and the last record stands. */
  async #flush(options: { complete: boolean }): Promise<void> {
    // It may have failed in the moment in which the last byte was there, when nobody listened for it any more.
    if (this.#failedFlush !== null) throw this.#failedFlush.error;
    try {
      await this.#components.part.flush(options);
    } catch (error) {
      this.#failedFlush = { error };
      throw error;
    }
  }

  /** First the bytes, then the record: it never promises what a power cut could take back. */
  async #checkpoint(): Promise<void> {
    await Promise.all([...this.#sinks.values()].map((sink) => sink.drain()));
    const done = [...this.#written];
    await this.#flush({ complete: false });
    await this.#components.saveRecord(done);
  }
}
