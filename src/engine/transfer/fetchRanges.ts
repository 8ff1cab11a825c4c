import { ERRORS, TributaryError, toTributaryError } from '../../contract/errors.ts';
import { ChildAbort, onAbort } from '../../kit/abort.ts';
import { deferred } from '../../kit/deferred.ts';
import type { Lane, Source } from '../sources/source.ts';
import type { ActiveSource } from './activeSource.ts';
import { ActiveSources } from './activeSources.ts';
import { isCrawling, type LanePromise } from './assign.ts';
import { retryDelayMs } from './backoff.ts';
import type { IntervalSet } from './intervalSet.ts';
import { LOOK_MS } from './rampUp.ts';
import type { Run } from './run.ts';
import { RunPlan } from './runPlan.ts';
import { nextLaneMove } from './shareLanes.ts';
import { limitState } from './throttle.ts';
import { fetchRun, type TransferContext } from './transferContext.ts';

/** How often lanes are looked at. */
const TICK_MS = 100;
/** After that a run under way tells what a lane of its source can do. */
const SEEN_SECONDS = 1;

/** A lane that waits looks so often whether somebody else has come who can use its place. */
const LOOK_AGAIN_MS = 1000;

/** Why a run is stopped whose rest another lane or another connection takes. */
const REPLACED = Symbol('replaced');

/** How a run ended for its lane. */
type RunEnd = 'done' | 'replaced' | TributaryError;

export interface RangesFetchInit {
  readonly missing: IntervalSet;
  /** Of all sources together. */
  readonly maxLanes: number;
  /** Somebody hashes the bytes in their order. @default false */
  readonly orderly?: boolean;
  /** More sources may still join: then the last failure is not the end. @default nobody will */
  readonly mayJoin?: () => boolean;
  readonly signal: AbortSignal;
}

/** Fetches all missing bytes by several lanes at once, from every source that has joined. */
export class RangesFetch {
  readonly #context: TransferContext;
  readonly #init: RangesFetchInit;
  readonly #plan: RunPlan;
  readonly #sources: ActiveSources;
  readonly #workers = new Set<Promise<void>>();
  readonly #aborts = new Map<Run, { readonly abort: ChildAbort; readonly active: ActiveSource }>();
  readonly #stop: ChildAbort;
  readonly #end = deferred<void>();
  /** Ranges that are there, but nobody knows yet whether they are right. */
  #checks = 0;
  #waiting = 0;

  constructor(context: TransferContext, init: RangesFetchInit) {
    this.#context = context;
    this.#init = init;
    const { maxLanes, orderly = false } = init;
    this.#plan = new RunPlan(init.missing, { orderly });
    this.#sources = new ActiveSources(context, { maxLanes, orderly });
    this.#stop = new ChildAbort(init.signal);
    // It may fail before anybody runs it.
    this.#end.promise.catch(() => {});
  }

  /** From now on this source is asked, too. One that had failed gets another chance. */
  join(source: Source): void {
    this.#sources.join(source);
    this.#startWorkers();
    // Sooner than the next tick: until then it has one lane. A timer may go off up to a millisecond early.
    this.#context.clock.sleep(LOOK_MS + 1, { signal: this.#stop.signal }).then(
      () => this.#tick(),
      () => {},
    );
  }

  /** @throws TributaryError when no way to go on is left; the signal's reason when aborted */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    const ticker = this.#context.clock.every(TICK_MS, () => this.#tick());
    const link = onAbort(signal, (reason) => this.#end.reject(reason));
    try {
      this.#startWorkers();
      this.#endIfComplete();
      this.sourcesChanged();
      await this.#end.promise;
    } finally {
      ticker.dispose();
      link.dispose();
      this.#stop.abort(new Error('the transfer is over'));
      this.#stop.dispose();
      await Promise.all(this.#workers);
      this.#sources.leave();
      this.#context.onLanes(0, null);
    }
  }

  /** Called for every byte that arrives. */
  received(source: Source, bytes: number): void {
    this.#sources.get(source)?.pace.received(bytes);
  }

  /** A range is complete and is being checked: the fetch does not end before `checked`. */
  checking(): void {
    this.#checks++;
  }

  checked(): void {
    this.#checks--;
    this.#endIfComplete();
  }

  /** What was fetched there is wrong: it is fetched again, but not from those who are banned. */
  refetch(start: number, end: number): void {
    this.#plan.refetch(start, end);
    this.#startWorkers();
  }

  /** The source gave wrong bytes there. @returns false when nobody would be left to ask: then all may be asked again */
  ban(source: Source, start: number, end: number): boolean {
    this.#sources.get(source)?.banned.add(start, end);
    return !this.#sources.freeOrphans();
  }

  /** This source is not asked any more; when it was the last one, that ends the fetch. */
  drop(source: Source, error: TributaryError): void {
    const active = this.#sources.get(source);
    if (active === undefined || !active.isLive) return;
    active.failure = error;
    this.#sources.lastError = error;
    this.#context.onSourceFailed(source, error);
    this.#sources.freeOrphans();
    for (const [run, { abort, active: owner }] of this.#aborts) {
      if (owner === active && run.position < run.end) abort.abort(REPLACED);
    }
    this.sourcesChanged();
  }

  /** Somebody who might have joined will not. */
  sourcesChanged(): void {
    if (this.#sources.live.length === 0 && this.#init.mayJoin?.() !== true)
      this.#end.reject(this.#sources.lastError ?? new TributaryError('internal', { reason: 'there is no source' }));
  }

  #tick(): void {
    const nowMs = this.#context.clock.nowMs();
    this.#syncPositions();
    for (const run of this.#plan.runs) run.sample(nowMs);
    this.#measure(nowMs);
    const missing = this.#plan.missingBytes;
    for (const { pace, source } of this.#sources)
      pace.tick(nowMs, missing, limitState(this.#context.throttlesOf(source)));
    this.#replaceCrawlers(nowMs);
    this.#startWorkers();
  }

  /** A slow source would stay unknown for a minute if only complete runs counted. */
  #measure(nowMs: number): void {
    for (const active of this.#sources) {
      let best = 0;
      for (const [run, { active: owner }] of this.#aborts) {
        const { ageSeconds, bytesPerSecond } = run.progress(nowMs);
        if (owner === active && ageSeconds > SEEN_SECONDS + (run.firstByteSeconds ?? 0))
          best = Math.max(best, bytesPerSecond);
      }
      if (best > 0) active.seenBytesPerSecond = best;
    }
  }

  /** A lane that crawls gets a new connection, unless it is we who are slow. */
  #replaceCrawlers(nowMs: number): void {
    const { throttlesOf, part } = this.#context;
    if (part.congested) return;
    for (const [run, { abort, active }] of this.#aborts) {
      if (limitState(throttlesOf(active.source)) !== 'none') continue;
      const norm = active.pace.norm(active.runs);
      if (!isCrawling(run.progress(nowMs), norm, run.replacements)) continue;
      abort.abort(REPLACED);
      active.pace.helpCrawlers(nowMs);
    }
  }

  #startWorkers(): void {
    this.#syncPositions();
    for (let active = this.#nextSource(); active !== null; active = this.#nextSource()) this.#startWorker(active);
    this.#report();
  }

  #startWorker(active: ActiveSource): void {
    const worker: Promise<void> = this.#work(active)
      .catch((error: unknown) => this.#end.reject(error))
      .finally(() => {
        this.#workers.delete(worker);
        this.#startWorkers();
        this.#endIfComplete();
      });
    this.#workers.add(worker);
  }

  /** One lane: takes work until there is none, or until it has failed too often. */
  async #work(active: ActiveSource): Promise<void> {
    const { hosts, clock } = this.#context;
    const { source, peer } = active;
    // First of all: until it is counted, the source seems to want another one.
    active.lanes++;
    hosts.opened(peer);
    const lane = source.openLane();
    let bytesPerSecond = 0;
    let failures = active.failures;
    let replacements = 0;
    let restsUntilMs = Number.NEGATIVE_INFINITY;
    try {
      while (!this.#stop.signal.aborted && active.isLive && !this.#isSuperfluous(active)) {
        const restMs = this.#sources.restMs(active, restsUntilMs);
        if (restMs > 0) {
          // They have a better use for the lane; a tick opens another one here when the time has come.
          if (this.#sources.othersMayBeAsked(active)) return;
          await this.#wait(Math.min(restMs, LOOK_AGAIN_MS));
          continue;
        }
        const run = this.#take(active, lane, bytesPerSecond, replacements);
        if (run === null) return;
        const end = await this.#fetch(active, lane, run);
        const nowMs = clock.nowMs();
        if (end === 'done') active.pace.learn(run, nowMs);
        if (run.position > run.start) bytesPerSecond = run.averageSpeed(nowMs);
        if (end === 'replaced' && !run.beaten) replacements++;
        else if (end === 'done') replacements = 0;
        if (end === 'done' || end === 'replaced') {
          failures = 0;
          if (end === 'done') active.failures = 0;
          continue;
        }
        failures = run.position > run.start ? 1 : failures + 1;
        active.failures = failures;
        this.#sources.lastError = end;
        const delayMs = this.#reactTo(active, end, failures);
        if (delayMs === null) return;
        restsUntilMs = clock.nowMs() + delayMs;
        active.restsUntilMs = restsUntilMs;
      }
    } finally {
      lane.close();
      active.lanes--;
      hosts.closed(peer);
    }
  }

  /** The next run for a lane, once a neighbour has been cut for it; null when there is none. */
  #take(active: ActiveSource, lane: Lane, bytesPerSecond: number, replacements: number): Run | null {
    this.#syncPositions();
    const expected = this.#expected(active);
    const asking = {
      ...expected,
      bytesPerSecond: bytesPerSecond || expected.bytesPerSecond,
      position: lane.position,
      replacements,
      share: this.#sources.shareOf(active),
      banned: active.banned,
    };
    const work = this.#plan.next(asking, this.#context.clock.nowMs());
    if (work === null) return null;
    if (work.cut !== null) this.#context.sinks.get(work.cut)?.shrinkTo(work.run.start);
    if (work.relieved !== null) this.#aborts.get(work.relieved)?.abort.abort(REPLACED);
    return work.run;
  }

  async #fetch(active: ActiveSource, lane: Lane, run: Run): Promise<RunEnd> {
    const { signal } = this.#stop;
    const abort = new ChildAbort(signal);
    this.#aborts.set(run, { abort, active });
    active.runs++;
    try {
      await fetchRun(this.#context, active.source, lane, run, { signal: abort.signal });
      return 'done';
    } catch (caught) {
      signal.throwIfAborted();
      if (caught === REPLACED) return 'replaced';
      const error = toTributaryError(caught);
      this.#context.onRunFailed(active.source, run, error);
      return error;
    } finally {
      abort.dispose();
      this.#aborts.delete(run);
      active.runs--;
      const beaten = this.#plan.release(run);
      if (beaten !== null) this.#aborts.get(beaten)?.abort.abort(REPLACED);
      this.#startWorkers();
    }
  }

  /**
   * How long this lane waits before it goes on; null: it ends, others go on.
   * @throws the failure when it ends the whole transfer
   */
  #reactTo(active: ActiveSource, error: TributaryError, failures: number): number | null {
    if (ERRORS[error.code].category === 'disk') throw error;
    const { hosts, random } = this.#context;
    const { peer } = active;
    const others = active.lanes - 1;
    const { retryAfterMs } = error.args;
    if (typeof retryAfterMs === 'number') hosts.hold(peer, retryAfterMs, error);
    // A server that is busy while other lanes work has been asked for too much at once.
    if (error.code === 'server-busy' && others > 0) hosts.halve(peer);
    if (error.code === 'file-changed') {
      this.drop(active.source, error);
      return null;
    }
    const delayMs = retryDelayMs(error, failures, true, random());
    if (delayMs !== null) return delayMs;
    if (others === 0) this.drop(active.source, error);
    else active.pace.lower(others);
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
    const allWait = this.#waiting === this.#workers.size && (this.#waiting > 0 || this.#sources.live.length === 0);
    this.#context.onLanes(this.#workers.size, allWait ? this.#sources.lastError : null);
  }

  #endIfComplete(): void {
    if (this.#plan.isComplete && this.#checks === 0) this.#end.resolve();
  }

  /** Which source gets another lane; null: none needs one now. */
  #nextSource(): ActiveSource | null {
    if (this.#stop.signal.aborted) return null;
    const { live } = this.#sources;
    // One that is being given up counts until it has ended: there are never more than the user allows.
    if (live.some(({ surplus }) => surplus > 0)) return null;
    const claims = live.map((active) => ({
      lanes: active.lanes,
      wantsMore: this.#wantsMore(active),
      bytesPerSecond: active.laneBytesPerSecond,
    }));
    const move = nextLaneMove(claims, this.#init.maxLanes);
    if (move === null) return null;
    const from = move.from === null ? undefined : live[move.from];
    if (from === undefined) return live[move.to] ?? null;
    this.#giveUpLane(from);
    return null;
  }

  /** The one that would take longest, and at once: a run of a slow source takes minutes. */
  #giveUpLane(active: ActiveSource): void {
    let longest: { readonly run: Run; readonly abort: ChildAbort } | null = null;
    for (const [run, { abort, active: owner }] of this.#aborts) {
      const left = run.end - run.position;
      if (owner === active && left > (longest === null ? 0 : longest.run.end - longest.run.position))
        longest = { run, abort };
    }
    if (longest === null) return;
    active.surplus++;
    // Or, when everything is assigned, the two sources would give each other the same rest for ever.
    active.restsUntilMs = this.#context.clock.nowMs() + LOOK_AGAIN_MS;
    longest.abort.abort(REPLACED);
  }

  #wantsMore(active: ActiveSource): boolean {
    if (active.lanes >= this.#limitOf(active) || !this.#context.hosts.mayOpen(active.peer, active.lanes)) return false;
    if (this.#sources.restMs(active, active.restsUntilMs) > 0 && this.#sources.othersMayBeAsked(active)) return false;
    return this.#plan.hasWork({ ...this.#expected(active), banned: active.banned }, this.#context.clock.nowMs());
  }

  /** When everything is assigned, a second lane can help the only one out, however small the file is. */
  #limitOf({ pace }: ActiveSource): number {
    return this.#plan.hasUnassigned ? pace.target : Math.min(pace.mostLanes, Math.max(pace.target, 2));
  }

  /** More lanes than the host puts up with, or than this source should have. */
  #isSuperfluous(active: ActiveSource): boolean {
    const { lanes } = active;
    if (active.surplus > 0 && lanes > 1) {
      active.surplus--;
      return true;
    }
    active.surplus = 0;
    return lanes > this.#limitOf(active) || this.#context.hosts.isOverCap(active.peer, lanes);
  }

  /** By its runs, not its lanes: a lane that is opened for some work must find that work when it looks for it. */
  #expected(active: ActiveSource): LanePromise {
    return active.pace.expected(active.runs, this.#context.clock.nowMs());
  }

  #syncPositions(): void {
    for (const [run, sink] of this.#context.sinks) run.position = sink.position;
  }
}
