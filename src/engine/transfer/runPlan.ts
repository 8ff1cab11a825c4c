import { chooseTailMove, runLength } from './assign.ts';
import type { IntervalSet } from './intervalSet.ts';

/** A range that one lane is fetching. */
export interface Run {
  /** Offset of the next byte to be received. */
  position: number;
  /** Moves down when another lane takes the tail. */
  end: number;
  readonly start: number;
  readonly startedMs: number;
  /** It is being stopped, and its rest comes back soon: nobody should help it. */
  leaving: boolean;
}

/** What a lane gets to do next. */
export type Work =
  | { readonly kind: 'run'; readonly run: Run }
  /** The tail of that run is now this lane's; the run's sink has to be cut at `run.start`. */
  | { readonly kind: 'steal'; readonly run: Run; readonly from: Run }
  /** That run has to be stopped; what it has not received comes back by `release`. */
  | { readonly kind: 'replace'; readonly from: Run };

/**
 * Who fetches which bytes: each byte that is not written is either unassigned or in exactly one run. Decides by assign.ts;
 * knows neither sockets nor files.
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
  next(lane: { position: number | null; bytesPerSecond: number }, lanes: number, nowMs: number): Work | null {
    const first = this.#unassigned.first;
    if (first === undefined) return this.#tailWork(lane.bytesPerSecond, nowMs);
    // A lane that stands at the start of a gap goes on without a new request.
    const gap = [...this.#unassigned].find((item) => item.start === lane.position) ?? first;
    const length = runLength({ unassignedBytes: this.#unassigned.length, lanes, bytesPerSecond: lane.bytesPerSecond });
    return { kind: 'run', run: this.#assign(gap.start, Math.min(gap.end, gap.start + length), nowMs) };
  }

  /** Whether `next` would give an idle lane something to do. */
  hasWork(bytesPerSecond: number, nowMs: number): boolean {
    return !this.#unassigned.isEmpty || chooseTailMove(this.#progress(nowMs), bytesPerSecond) !== null;
  }

  /** The run is over, in whatever way; what it did not receive is unassigned again. */
  release(run: Run): void {
    if (!this.#runs.delete(run)) return;
    this.#unassigned.add(run.position, run.end);
  }

  #assign(start: number, end: number, nowMs: number): Run {
    this.#unassigned.remove(start, end);
    return this.#open(start, end, nowMs);
  }

  #open(start: number, end: number, nowMs: number): Run {
    const run: Run = { start, position: start, end, startedMs: nowMs, leaving: false };
    this.#runs.add(run);
    return run;
  }

  #tailWork(bytesPerSecond: number, nowMs: number): Work | null {
    const runs = this.#staying();
    const move = chooseTailMove(this.#progress(nowMs), bytesPerSecond);
    const from = move === null ? undefined : runs[move.victim];
    if (move === null || from === undefined) return null;
    if (move.kind === 'replace') {
      from.leaving = true;
      return { kind: 'replace', from };
    }
    const run = this.#open(move.at, from.end, nowMs);
    from.end = move.at;
    return { kind: 'steal', run, from };
  }

  #staying(): Run[] {
    return [...this.#runs].filter((run) => !run.leaving);
  }

  #progress(nowMs: number): { position: number; end: number; bytesPerSecond: number; ageSeconds: number }[] {
    return this.#staying().map(({ start, position, end, startedMs }) => {
      const ageSeconds = (nowMs - startedMs) / 1000;
      return { position, end, ageSeconds, bytesPerSecond: ageSeconds > 0 ? (position - start) / ageSeconds : 0 };
    });
  }
}
