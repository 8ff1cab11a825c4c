import { chooseTailMove, type LanePromise, runLength } from './assign.ts';
import type { IntervalSet } from './intervalSet.ts';
import { Run } from './run.ts';

/** What a lane that asks for work is like. */
export interface AskingLane extends LanePromise {
  /** Offset from which it can go on without a new request. */
  readonly position: number | null;
  readonly replacements: number;
}

/** What a lane gets to do next. */
export interface Work {
  readonly run: Run;
  /** The run whose tail this one takes: its sink has to be cut at `run.start`. Null in every other case. */
  readonly cut: Run | null;
}

/**
 * Who fetches which bytes: each byte that is not written is either unassigned, in exactly one run, or in two that race for
 * it. Decides by assign.ts; knows neither sockets nor files.
 */
export class RunPlan {
  readonly #unassigned: IntervalSet;
  readonly #runs = new Set<Run>();

  constructor(missing: IntervalSet) {
    this.#unassigned = missing;
  }

  get runs(): ReadonlySet<Run> {
    return this.#runs;
  }

  get hasUnassigned(): boolean {
    return !this.#unassigned.isEmpty;
  }

  get isComplete(): boolean {
    return this.#unassigned.isEmpty && this.#runs.size === 0;
  }

  /** Null: nothing to do for this lane now. */
  next(lane: AskingLane, lanes: number, nowMs: number): Work | null {
    const first = this.#unassigned.first;
    if (first === undefined) return this.#tailWork(lane, nowMs);
    // A lane that stands at the start of a gap goes on without a new request.
    const gap = [...this.#unassigned].find((item) => item.start === lane.position) ?? first;
    const length = runLength({ ...lane, unassignedBytes: this.#unassigned.length, lanes });
    const end = Math.min(gap.end, gap.start + length);
    this.#unassigned.remove(gap.start, end);
    return { run: this.#open(gap.start, end, lane, nowMs), cut: null };
  }

  /** Whether `next` would give an idle lane something to do. */
  hasWork(lane: LanePromise, nowMs: number): boolean {
    return !this.#unassigned.isEmpty || this.#tailMove(lane, nowMs) !== null;
  }

  /**
   * The run is over, in whatever way; what nobody has received or fetches is unassigned again.
   * @returns the rival that this run has beaten, to be stopped
   */
  release(run: Run): Run | null {
    if (!this.#runs.delete(run)) return null;
    const { rival } = run;
    if (rival !== null) {
      run.rival = null;
      rival.rival = null;
      if (run.position >= run.end) {
        rival.beaten = true;
        return rival;
      }
      // The other goes on alone; should it fail, too, what this one has received stays received.
      rival.floor = Math.max(rival.floor, run.position);
      return null;
    }
    if (!run.beaten) this.#unassigned.add(Math.max(run.position, run.floor), run.end);
    return null;
  }

  #open(start: number, end: number, lane: AskingLane, nowMs: number): Run {
    const run = new Run({ start, end }, nowMs, lane.replacements);
    this.#runs.add(run);
    return run;
  }

  #tailWork(lane: AskingLane, nowMs: number): Work | null {
    const move = this.#tailMove(lane, nowMs);
    const victim = move === null ? undefined : [...this.#runs][move.victim];
    if (move === null || victim === undefined) return null;
    if (move.kind === 'race') {
      const run = this.#open(victim.position, victim.end, lane, nowMs);
      run.rival = victim;
      victim.rival = run;
      return { run, cut: null };
    }
    const run = this.#open(move.at, victim.end, lane, nowMs);
    victim.end = move.at;
    return { run, cut: victim };
  }

  #tailMove(lane: LanePromise, nowMs: number): ReturnType<typeof chooseTailMove> {
    return chooseTailMove(
      [...this.#runs].map((run) => run.progress(nowMs)),
      lane,
    );
  }
}
