import { chooseTailMove, type LanePromise, type RunProgress, runLength, type TailMove } from './assign.ts';
import type { Interval, IntervalSet } from './intervalSet.ts';
import { Run } from './run.ts';

/** What a lane that asks for work is like. */
export interface AskingLane extends LanePromise {
  /** Offset from which it can go on without a new request. */
  readonly position: number | null;
  readonly replacements: number;
  /** Of all the work, how much this lane can be expected to do: between 0 and 1. */
  readonly share: number;
  /** What its source must not be asked for. */
  readonly banned: IntervalSet;
}

/** What a lane gets to do next. */
export interface Work {
  readonly run: Run;
  /** The run whose tail this one takes: its sink has to be cut at `run.start`. Null in every other case. */
  readonly cut: Run | null;
  /** The run whose place in a race this one takes: it is to be stopped. Null in every other case. */
  readonly relieved: Run | null;
}

/**
 * Who fetches which bytes: each byte that is not written is either unassigned, in exactly one run, or in two that race for
 * it. Decides by assign.ts; knows neither sockets nor files.
 */
export class RunPlan {
  readonly #unassigned: IntervalSet;
  readonly #orderly: boolean;
  readonly #runs = new Set<Run>();

  /** @param init.orderly somebody waits for the bytes in their order. @default false */
  constructor(missing: IntervalSet, init: { orderly?: boolean } = {}) {
    this.#unassigned = missing;
    this.#orderly = init.orderly ?? false;
  }

  get runs(): ReadonlySet<Run> {
    return this.#runs;
  }

  get hasUnassigned(): boolean {
    return !this.#unassigned.isEmpty;
  }

  /** Nobody has received them yet. */
  get missingBytes(): number {
    let bytes = this.#unassigned.length;
    for (const run of this.#runs) {
      // Of two that race, the one that began first counts.
      const second = run.rival !== null && run.rival.start < run.start;
      if (!second && !run.beaten) bytes += Math.max(0, run.end - run.position);
    }
    return bytes;
  }

  get isComplete(): boolean {
    return this.#unassigned.isEmpty && this.#runs.size === 0;
  }

  /** Null: nothing to do for this lane now. */
  next(lane: AskingLane, nowMs: number): Work | null {
    const gap = this.#gapFor(lane);
    if (gap === null) return this.#tailWork(lane, nowMs);
    const length = runLength({ ...lane, unassignedBytes: this.#unassigned.length, orderly: this.#orderly });
    const end = Math.min(gap.end, gap.start + length);
    this.#unassigned.remove(gap.start, end);
    return { run: this.#open(gap.start, end, lane, nowMs), cut: null, relieved: null };
  }

  /** Whether `next` would give an idle lane something to do. */
  hasWork(lane: LanePromise & Pick<AskingLane, 'banned'>, nowMs: number): boolean {
    return this.#gapFor({ ...lane, position: null }) !== null || this.#tailMove(lane, nowMs) !== null;
  }

  /** What was received there was wrong: it is missing again. */
  refetch(start: number, end: number): void {
    this.#unassigned.add(start, end);
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
    const run = new Run({ start, end }, nowMs, lane.replacements, lane);
    this.#runs.add(run);
    return run;
  }

  #tailWork(lane: AskingLane, nowMs: number): Work | null {
    const move = this.#tailMove(lane, nowMs);
    if (move === null) return null;
    const victim = move.run;
    if (move.kind === 'race') {
      const relieved = victim.rival;
      if (relieved !== null) {
        // It is behind: nothing that it has received would be missing.
        relieved.beaten = true;
        relieved.rival = null;
      }
      const run = this.#open(victim.position, victim.end, lane, nowMs);
      run.rival = victim;
      victim.rival = run;
      return { run, cut: null, relieved };
    }
    const run = this.#open(move.at, victim.end, lane, nowMs);
    victim.end = move.at;
    return { run, cut: victim, relieved: null };
  }

  #tailMove(lane: LanePromise & Pick<AskingLane, 'banned'>, nowMs: number): (TailMove & { readonly run: Run }) | null {
    // A beaten one only waits to be stopped: nothing of it is missing.
    const runs = [...this.#runs].filter((run) => !run.beaten && !isBehind(run) && !overlaps(lane.banned, run));
    const move = chooseTailMove(
      runs.map((run) => raceProgress(run, nowMs)),
      lane,
    );
    const run = move === null ? undefined : runs[move.victim];
    return move === null || run === undefined ? null : { ...move, run };
  }

  /** The gap a lane begins with: where it stands, so that it goes on without a new request, else the first one it may fill. */
  #gapFor(lane: Pick<AskingLane, 'position' | 'banned'>): Interval | null {
    let first: Interval | null = null;
    for (const item of this.#unassigned) {
      for (const gap of lane.banned.gaps(item.start, item.end)) {
        if (gap.start === lane.position) return gap;
        first ??= gap;
      }
      if (first !== null && (lane.position === null || item.start > lane.position)) break;
    }
    return first;
  }
}

/** Of two that race, the one that counts is the other one. */
function isBehind({ rival, position, start }: Run): boolean {
  if (rival === null) return false;
  return rival.position === position ? rival.start < start : rival.position > position;
}

/** What a run and its rival, if it has one, do together. */
function raceProgress(run: Run, nowMs: number): RunProgress {
  const own = run.progress(nowMs);
  const other = run.rival?.progress(nowMs) ?? own;
  return {
    ...own,
    bytesPerSecond: Math.max(own.bytesPerSecond, other.bytesPerSecond),
    ageSeconds: Math.min(own.ageSeconds, other.ageSeconds),
  };
}

function overlaps(banned: IntervalSet, run: Run): boolean {
  return (
    !banned.isEmpty &&
    banned.gaps(run.position, run.end).reduce((sum, gap) => sum + gap.end - gap.start, 0) < run.end - run.position
  );
}
