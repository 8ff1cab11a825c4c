import { ERRORS, type TributaryError, toTributaryError } from '../../contract/errors.ts';
import { ChildAbort } from '../../kit/abort.ts';
import { deferred } from '../../kit/deferred.ts';
import type { Lane } from '../sources/source.ts';
import { isCrawling, type LanePromise } from './assign.ts';
import { retryDelayMs } from './backoff.ts';
import type { IntervalSet } from './intervalSet.ts';
import { LanePace } from './lanePace.ts';
import type { Run } from './run.ts';
import { RunPlan } from './runPlan.ts';
import { fetchRun, type TransferContext } from './transferContext.ts';

/** How often lanes are looked at. */
const TICK_MS = 100;

/** Why a run is stopped whose rest another lane or another connection takes. */
const REPLACED = Symbol('replaced');

/** How a run ended for its lane. */
type RunEnd = 'done' | 'replaced' | TributaryError;

/** Fetches all missing bytes by several lanes at once. */
export class RangesFetch {
  readonly #context: TransferContext;
  readonly #plan: RunPlan;
  readonly #pace: LanePace;
  readonly #workers = new Set<Promise<void>>();
  readonly #aborts = new Map<Run, ChildAbort>();
  readonly #stop: ChildAbort;
  readonly #end = deferred<void>();
  #waiting = 0;
  #lastError: TributaryError | null = null;

  constructor(context: TransferContext, init: { missing: IntervalSet; maxLanes: number; signal: AbortSignal }) {
    this.#context = context;
    this.#pace = new LanePace({
      maxLanes: init.maxLanes,
      missingBytes: init.missing.length,
      nowMs: context.clock.nowMs(),
    });
    this.#plan = new RunPlan(init.missing);
    this.#stop = new ChildAbort(init.signal);
  }

  /** @throws TributaryError when no way to go on is left; the signal's reason when aborted */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    const ticker = this.#context.clock.every(TICK_MS, () => this.#tick());
    const onStop = (): void => this.#end.reject(signal.reason);
    signal.addEventListener('abort', onStop);
    try {
      if (signal.aborted) onStop();
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
    this.#pace.received(bytes);
  }

  #tick(): void {
    const nowMs = this.#context.clock.nowMs();
    this.#syncPositions();
    for (const run of this.#plan.runs) run.sample(nowMs);
    this.#pace.tick(nowMs);
    this.#replaceCrawlers(nowMs);
    this.#startWorkers();
  }

  /** A lane that crawls gets a new connection, unless it is we who are slow. */
  #replaceCrawlers(nowMs: number): void {
    const { throttle, part } = this.#context;
    if (throttle.limited || part.congested) return;
    const norm = this.#pace.norm(this.#plan.runs.size);
    for (const run of this.#plan.runs) {
      if (!isCrawling(run.progress(nowMs), norm, run.replacements)) continue;
      this.#aborts.get(run)?.abort(REPLACED);
      this.#pace.helpCrawlers(nowMs);
    }
  }

  #startWorkers(): void {
    this.#syncPositions();
    while (
      !this.#stop.signal.aborted &&
      this.#mayStartWorker() &&
      this.#plan.hasWork(this.#expected(), this.#context.clock.nowMs())
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
    const { source, hosts, clock } = this.#context;
    const lane = source.openLane();
    hosts.opened(source.peer);
    let bytesPerSecond = 0;
    let failures = 0;
    let replacements = 0;
    try {
      while (!this.#stop.signal.aborted && !this.#isSuperfluous()) {
        const heldMs = hosts.heldMs(source.peer);
        if (heldMs > 0) {
          await this.#wait(heldMs);
          continue;
        }
        const run = this.#take(lane, bytesPerSecond, replacements);
        if (run === null) return;
        const end = await this.#fetch(lane, run);
        const nowMs = clock.nowMs();
        if (end === 'done') this.#pace.learn(run, nowMs);
        if (run.position > run.start) bytesPerSecond = run.averageSpeed(nowMs);
        if (end === 'replaced' && !run.beaten) replacements++;
        else if (end === 'done') replacements = 0;
        if (end === 'done' || end === 'replaced') {
          failures = 0;
          continue;
        }
        failures = run.position > run.start ? 1 : failures + 1;
        this.#lastError = end;
        const delayMs = this.#reactTo(end, failures);
        if (delayMs === null) return;
        await this.#wait(delayMs);
      }
    } finally {
      lane.close();
      hosts.closed(source.peer);
    }
  }

  /** The next run for a lane, once a neighbour has been cut for it; null when there is none. */
  #take(lane: Lane, bytesPerSecond: number, replacements: number): Run | null {
    this.#syncPositions();
    const expected = this.#expected();
    const promise = { ...expected, bytesPerSecond: bytesPerSecond || expected.bytesPerSecond };
    const asking = { ...promise, position: lane.position, replacements };
    const work = this.#plan.next(asking, this.#pace.target, this.#context.clock.nowMs());
    if (work === null) return null;
    if (work.cut !== null) this.#context.sinks.get(work.cut)?.shrinkTo(work.run.start);
    return work.run;
  }

  async #fetch(lane: Lane, run: Run): Promise<RunEnd> {
    const { signal } = this.#stop;
    const abort = new ChildAbort(signal);
    this.#aborts.set(run, abort);
    try {
      await fetchRun(this.#context, lane, run, { signal: abort.signal });
      return 'done';
    } catch (caught) {
      signal.throwIfAborted();
      if (caught === REPLACED) return 'replaced';
      const error = toTributaryError(caught);
      this.#context.onRunFailed(run, error);
      return error;
    } finally {
      abort.dispose();
      this.#aborts.delete(run);
      const beaten = this.#plan.release(run);
      if (beaten !== null) this.#aborts.get(beaten)?.abort(REPLACED);
      this.#startWorkers();
    }
  }

  /**
   * How long this lane waits before it goes on; null: it ends, others go on.
   * @throws the failure when it ends the whole transfer
   */
  #reactTo(error: TributaryError, failures: number): number | null {
    if (ERRORS[error.code].category === 'disk' || error.code === 'file-changed') throw error;
    const { source, hosts, random } = this.#context;
    const others = this.#workers.size - 1;
    const { retryAfterMs } = error.args;
    if (typeof retryAfterMs === 'number') hosts.hold(source.peer, retryAfterMs);
    // A server that is busy while other lanes work has been asked for too much at once.
    if (error.code === 'server-busy' && others > 0) hosts.halve(source.peer);
    const delayMs = retryDelayMs(error, failures, true, random());
    if (delayMs !== null) return delayMs;
    if (others === 0) throw error;
    this.#pace.lower(others);
    return null;
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

  #mayStartWorker(): boolean {
    // When everything is assigned, a second lane can help the only one out, however small the file is.
    const limit = this.#plan.hasUnassigned ? this.#pace.target : Math.max(this.#pace.target, 2);
    const own = this.#workers.size;
    return own < limit && this.#context.hosts.mayOpen(this.#context.source.peer, own);
  }

  /** More lanes than the host puts up with, or than this transfer should have. */
  #isSuperfluous(): boolean {
    const own = this.#workers.size;
    return (
      own > Math.max(this.#pace.target, 2) || (own > 1 && this.#context.hosts.isOverCap(this.#context.source.peer))
    );
  }

  #expected(): LanePromise {
    return this.#pace.expected(this.#plan.runs.size, this.#context.clock.nowMs());
  }

  #syncPositions(): void {
    for (const [run, sink] of this.#context.sinks) run.position = sink.position;
  }
}
