import { ERRORS, type TributaryError, toTributaryError } from '../../contract/errors.ts';
import { ChildAbort } from '../../kit/abort.ts';
import { deferred } from '../../kit/deferred.ts';
import { retryDelayMs } from './backoff.ts';
import type { IntervalSet } from './intervalSet.ts';
import { nextLaneTarget, usefulLanes } from './rampUp.ts';
import { type Run, RunPlan } from './runPlan.ts';
import { fetchRun, type TransferContext } from './transferContext.ts';

const TICK_MS = 250;
/** Time after which more lanes have shown what they bring. */
const RAMP_MS = 500;

/** Why a run is stopped whose rest a faster lane takes. */
const REPLACED = Symbol('replaced');

/** Fetches all missing bytes by several lanes at once. */
export class RangesFetch {
  readonly #context: TransferContext;
  readonly #maxLanes: number;
  readonly #plan: RunPlan;
  readonly #workers = new Set<Promise<void>>();
  readonly #aborts = new Map<Run, ChildAbort>();
  readonly #stop: ChildAbort;
  readonly #end = deferred<void>();
  #missingBytes: number;
  /** Lanes wanted now. */
  #target = 1;
  /** Lanes the server puts up with, as far as its refusals have shown. */
  #cap: number;
  #waiting = 0;
  #lastError: TributaryError | null = null;
  /** What lanes have shown they can do in whole runs. */
  #usualLaneSpeed = 0;
  #windowBytes = 0;
  #windowStartMs: number;
  #previousBytesPerSecond: number | null = null;

  constructor(context: TransferContext, init: { missing: IntervalSet; maxLanes: number; signal: AbortSignal }) {
    this.#context = context;
    this.#maxLanes = init.maxLanes;
    this.#missingBytes = init.missing.length;
    this.#plan = new RunPlan(init.missing);
    this.#cap = init.maxLanes;
    this.#stop = new ChildAbort(init.signal);
    this.#windowStartMs = context.clock.nowMs();
  }

  /** @throws TributaryError when no way to go on is left; the signal's reason when aborted */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    const ticker = this.#context.clock.every(TICK_MS, () => this.#tick());
    const onStop = (): void => this.#end.reject(signal.reason);
    signal.addEventListener('abort', onStop);
    try {
      if (signal.aborted) onStop();
      this.#raiseTarget();
      this.#startWorkers();
      this.#endIfComplete();
      await this.#end.promise;
    } finally {
      ticker.dispose();
      signal.removeEventListener('abort', onStop);
      this.#stop.abort(new Error('the transfer is over'));
      this.#stop.dispose();
      await Promise.all(this.#workers);
      this.#context.onLanes(0, null);
    }
  }

  /** Called for every byte that arrives. */
  received(bytes: number): void {
    this.#windowBytes += bytes;
    this.#missingBytes -= bytes;
  }

  #tick(): void {
    const elapsedMs = this.#context.clock.nowMs() - this.#windowStartMs;
    if (elapsedMs >= RAMP_MS) this.#raiseTarget();
    this.#startWorkers();
  }

  #raiseTarget(): void {
    const nowMs = this.#context.clock.nowMs();
    const bytesPerSecond = this.#windowSpeed(nowMs);
    const target = nextLaneTarget({
      lanes: this.#target,
      useful: usefulLanes(this.#missingBytes, Math.min(this.#maxLanes, this.#cap)),
      bytesPerSecond,
      previousBytesPerSecond: this.#previousBytesPerSecond,
    });
    if (target > this.#target || this.#previousBytesPerSecond === null) this.#previousBytesPerSecond = bytesPerSecond;
    this.#target = Math.min(target, this.#cap);
    this.#windowBytes = 0;
    this.#windowStartMs = nowMs;
  }

  #windowSpeed(nowMs: number): number {
    const elapsedMs = nowMs - this.#windowStartMs;
    return elapsedMs <= 0 ? 0 : (this.#windowBytes * 1000) / elapsedMs;
  }

  #startWorkers(): void {
    this.#syncPositions();
    while (
      !this.#stop.signal.aborted &&
      this.#workers.size < this.#laneLimit() &&
      this.#plan.hasWork(this.#laneSpeed(), this.#context.clock.nowMs())
    ) {
      const worker: Promise<void> = this.#work()
        .catch((error: unknown) => this.#end.reject(error))
        .finally(() => {
          this.#workers.delete(worker);
          this.#report();
          this.#startWorkers();
          this.#endIfComplete();
        });
      this.#workers.add(worker);
    }
    this.#report();
  }

  /** One lane: takes work until there is none, or until it has failed too often. */
  async #work(): Promise<void> {
    const lane = this.#context.source.openLane();
    let bytesPerSecond = 0;
    let failures = 0;
    try {
      while (!this.#stop.signal.aborted && this.#workers.size <= this.#laneLimit()) {
        const run = this.#take(lane.position, bytesPerSecond || this.#laneSpeed());
        if (run === null) return;
        const failure = await this.#fetch(lane, run);
        const seconds = (this.#context.clock.nowMs() - run.startedMs) / 1000;
        if (run.position > run.start && seconds > 0) {
          bytesPerSecond = (run.position - run.start) / seconds;
          this.#usualLaneSpeed = Math.max(bytesPerSecond, this.#usualLaneSpeed / 2);
        }
        if (failure === null) {
          failures = 0;
          continue;
        }
        failures = run.position > run.start ? 1 : failures + 1;
        this.#lastError = failure;
        const delayMs = this.#reactTo(failure, failures);
        if (delayMs === null) return;
        await this.#wait(delayMs);
      }
    } finally {
      lane.close();
    }
  }

  /** The next run for a lane, once neighbours have been cut or stopped for it; null when there is none. */
  #take(position: number | null, bytesPerSecond: number): Run | null {
    this.#syncPositions();
    const work = this.#plan.next({ position, bytesPerSecond }, this.#target, this.#context.clock.nowMs());
    if (work === null) return null;
    if (work.kind === 'replace') {
      this.#aborts.get(work.from)?.abort(REPLACED);
      return null;
    }
    if (work.kind === 'steal') this.#context.sinks.get(work.from)?.shrinkTo(work.run.start);
    return work.run;
  }

  /** @returns the failure, or null when the run is done or was given to another lane */
  async #fetch(lane: Parameters<typeof fetchRun>[1], run: Run): Promise<TributaryError | null> {
    const { signal } = this.#stop;
    const abort = new ChildAbort(signal);
    this.#aborts.set(run, abort);
    try {
      await fetchRun(this.#context, lane, run, { signal: abort.signal });
      return null;
    } catch (caught) {
      signal.throwIfAborted();
      if (caught === REPLACED) return null;
      const error = toTributaryError(caught);
      this.#context.onRunFailed(run, error);
      return error;
    } finally {
      abort.dispose();
      this.#aborts.delete(run);
      this.#plan.release(run);
      this.#startWorkers();
    }
  }

  /**
   * How long this lane waits before it goes on; null: it ends, others go on.
   * @throws the failure when it ends the whole transfer
   */
  #reactTo(error: TributaryError, failures: number): number | null {
    if (ERRORS[error.code].category === 'disk' || error.code === 'file-changed') throw error;
    const others = this.#workers.size - 1;
    // A server that is busy or refuses while other lanes work has been asked for too much at once.
    if (error.code === 'server-busy' && others > 0) this.#lowerCap(Math.floor(this.#workers.size / 2));
    const delayMs = retryDelayMs(error, failures, true, this.#context.random());
    if (delayMs !== null) return delayMs;
    if (others === 0) throw error;
    this.#lowerCap(others);
    return null;
  }

  #lowerCap(lanes: number): void {
    this.#cap = Math.max(1, Math.min(this.#cap, lanes));
    this.#target = Math.min(this.#target, this.#cap);
  }

  async #wait(delayMs: number): Promise<void> {
    this.#waiting++;
    this.#report();
    try {
      await this.#context.clock.sleep(delayMs, { signal: this.#stop.signal });
    } finally {
      this.#waiting--;
      this.#report();
    }
  }

  #report(): void {
    const allWait = this.#workers.size > 0 && this.#waiting === this.#workers.size;
    this.#context.onLanes(this.#workers.size, allWait ? this.#lastError : null);
  }

  #endIfComplete(): void {
    if (this.#plan.isComplete) this.#end.resolve();
  }

  /** When everything is assigned, a second lane can help the only one out, however small the file is. */
  #laneLimit(): number {
    return this.#plan.hasUnassigned ? this.#target : Math.max(this.#target, Math.min(2, this.#cap));
  }

  #laneSpeed(): number {
    const active = Math.max(1, this.#plan.runs.size);
    // When everything that is left hangs, nothing flows, and yet it is known what a lane can do.
    return Math.max(this.#usualLaneSpeed, this.#windowSpeed(this.#context.clock.nowMs()) / active);
  }

  #syncPositions(): void {
    for (const [run, sink] of this.#context.sinks) run.position = sink.position;
  }
}
