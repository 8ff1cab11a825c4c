import type { Clock } from '../../kit/clock.ts';
import type { LanePromise, RunProgress } from './assign.ts';

/** Time after which an old measurement has lost most of its weight. */
const TIME_CONSTANT_SECONDS = 0.5;

/** A range that one lane is fetching. */
export class Run {
  readonly start: number;
  readonly startedMs: number;
  /** Offset of the next byte to be received. */
  position: number;
  /** Moves down when another lane takes the tail. */
  end: number;
  /** The run that fetches the same rest; the first to finish wins. */
  rival: Run | null = null;
  /** What a rival that has given up had received already. */
  floor = 0;
  /** A rival has won: nothing of this run is missing. */
  beaten = false;
  /** How often its lane was replaced since it last did well. */
  readonly replacements: number;
  #firstByteMs: number | null = null;
  #sampledMs: number;
  #sampledPosition: number;
  #bytesPerSecond = 0;
  /** Of what was measured so far; below 1 at first, so that a young run does not read as slow. */
  #weight = 0;
  readonly #promise: LanePromise;

  /** @param promise what its lane is expected to bring. @default nobody knows */
  constructor(
    range: { start: number; end: number },
    nowMs: number,
    replacements = 0,
    promise: LanePromise = { bytesPerSecond: 0, firstByteSeconds: 0 },
  ) {
    this.#promise = promise;
    this.start = range.start;
    this.position = range.start;
    this.end = range.end;
    this.startedMs = nowMs;
    this.replacements = replacements;
    this.#sampledMs = nowMs;
    this.#sampledPosition = range.start;
  }

  /** Seconds from the request to the first byte; null before that. */
  get firstByteSeconds(): number | null {
    return this.#firstByteMs === null ? null : (this.#firstByteMs - this.startedMs) / 1000;
  }

  /** Called for every byte that arrives. */
  received(clock: Pick<Clock, 'nowMs'>): void {
    this.#firstByteMs ??= clock.nowMs();
  }

  /** Bytes per second over its whole life; 0 at its start. */
  averageSpeed(nowMs: number): number {
    const seconds = (nowMs - this.startedMs) / 1000;
    return seconds > 0 ? (this.position - this.start) / seconds : 0;
  }

  /** Takes the position in, at a steady pace. */
  sample(nowMs: number): void {
    const seconds = (nowMs - this.#sampledMs) / 1000;
    if (seconds <= 0) return;
    const current = (this.position - this.#sampledPosition) / seconds;
    const keep = Math.exp(-seconds / TIME_CONSTANT_SECONDS);
    this.#bytesPerSecond = this.#bytesPerSecond * keep + current * (1 - keep);
    this.#weight = this.#weight * keep + (1 - keep);
    this.#sampledMs = nowMs;
    this.#sampledPosition = this.position;
  }

  progress(nowMs: number): RunProgress {
    // Before the second sample the average is all there is.
    const sampled = this.#sampledMs > this.startedMs;
    return {
      position: this.position,
      end: this.end,
      bytesPerSecond: sampled ? this.#bytesPerSecond / this.#weight : this.averageSpeed(nowMs),
      ageSeconds: (nowMs - this.startedMs) / 1000,
      promise: this.#promise,
      raced: this.rival !== null,
    };
  }
}
