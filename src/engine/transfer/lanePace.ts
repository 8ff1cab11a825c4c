import { type LanePromise, MIN_RUN_BYTES } from './assign.ts';
import { firstRamp, LOOK_MS, nextRamp, type Ramp, usefulLanes } from './rampUp.ts';
import type { Run } from './run.ts';
import type { LimitState } from './throttle.ts';

/** Time after which more lanes have shown what they bring. */
const RAMP_MS = 500;
/** Runs that are remembered: enough that a few crawling lanes do not change what is usual, few enough to forget soon. */
const REMEMBERED_RUNS = 16;
/** How fast the shortest time to a first byte is forgotten, for each run: half of it within 35. */
const SHORTEST_GROWTH = 1.02;
/** A shorter run tells more about latency than about speed. */
const TELLING_BYTES = 256 * 1024;

/** How fast the lanes of one source are, and how many of them are worth having. */
export class LanePace {
  #maxLanes: number;
  readonly #leastRunBytes: number;
  readonly #orderly: boolean;
  /** Null before the first look at it, with one lane. */
  #ramp: Ramp | null = null;
  #windowBytes = 0;
  #windowStartMs: number;
  /** A limit has held the lanes back in this window. */
  #throttled = false;
  /** Since the last look. */
  #lookedBytes = 0;
  #lookedMs: number;
  /** Speeds of the latest runs. */
  #speeds: number[] = [];
  #usualFirstByteSeconds = 0;
  #shortestFirstByteSeconds = 0;
  #peakBytesPerSecond = 0;
  #helpedMs = Number.NEGATIVE_INFINITY;

  /**
   * @param init.leastRunBytes a shorter range costs more than it brings. @default 1 MiB
   * @param init.orderly somebody hashes the bytes in their order. @default false
   */
  constructor(init: { maxLanes: number; nowMs: number; leastRunBytes?: number; orderly?: boolean }) {
    this.#maxLanes = init.maxLanes;
    this.#leastRunBytes = init.leastRunBytes ?? MIN_RUN_BYTES;
    this.#orderly = init.orderly ?? false;
    this.#windowStartMs = init.nowMs;
    this.#lookedMs = init.nowMs;
  }

  /** Lanes wanted now. */
  get target(): number {
    return this.#ramp?.lanes ?? 1;
  }

  /** More are not allowed, or not put up with. */
  get mostLanes(): number {
    return this.#maxLanes;
  }

  /** What good lanes have shown they can do: three in four were slower. */
  get usual(): LanePromise {
    const sorted = [...this.#speeds].sort((a, b) => a - b);
    const bytesPerSecond = sorted[Math.floor(sorted.length * 0.75)] ?? 0;
    return {
      bytesPerSecond,
      firstByteSeconds: this.#usualFirstByteSeconds,
      shortestFirstByteSeconds: this.#shortestFirstByteSeconds,
      leastRunBytes: this.#leastRunBytes,
    };
  }

  /** Called for every byte that arrives. */
  received(bytes: number): void {
    this.#windowBytes += bytes;
    this.#lookedBytes += bytes;
  }

  /**
   * @param missingBytes of the whole file, whoever will bring them
   * @param limit `reached`: it holds the lanes back. More of them would only fill the memory of the kernels
   * on the way, and a pause throws that away. @default 'none'
   */
  tick(nowMs: number, missingBytes: number, limit: LimitState = 'none'): void {
    if (limit === 'reached') this.#throttled = true;
    const useful = usefulLanes(missingBytes, this.#maxLanes, this.#leastRunBytes);
    // What one lane brings of a limit shows in half a second, not in a look.
    if (limit === 'none' && nowMs - this.#lookedMs >= LOOK_MS) this.#look(nowMs, useful);
    if (nowMs - this.#windowStartMs < RAMP_MS) return;
    const bytesPerSecond = this.#windowSpeed(nowMs);
    if (this.#throttled) this.#startWindow(nowMs);
    else if (this.#ramp === null) this.#setRamp(firstRamp(useful, bytesPerSecond), nowMs);
    else this.#setRamp(nextRamp(this.#ramp, { useful, bytesPerSecond, orderly: this.#orderly }), nowMs);
  }

  /** One lane is enough only as long as it brings a lot: when it does not, others come at once. */
  #look(nowMs: number, useful: number): void {
    const first = firstRamp(useful, (this.#lookedBytes * 1000) / (nowMs - this.#lookedMs));
    this.#lookedBytes = 0;
    this.#lookedMs = nowMs;
    // The first look does not put off when lanes are thought about next.
    if (this.#ramp === null) this.#ramp = first;
    else if (first.lanes > this.#ramp.lanes) this.#setRamp(first, nowMs);
  }

  #setRamp(ramp: Ramp, nowMs: number): void {
    // Forgotten by half within seven seconds: the way may have become narrower.
    this.#peakBytesPerSecond = Math.max(this.#windowSpeed(nowMs), this.#peakBytesPerSecond * 0.95);
    this.#ramp = ramp;
    this.#startWindow(nowMs);
  }

  #startWindow(nowMs: number): void {
    this.#windowBytes = 0;
    this.#windowStartMs = nowMs;
    this.#throttled = false;
  }

  /** A run was completed: what it was like is what the next ones are measured by. */
  learn(run: Run, nowMs: number): void {
    if (run.position - run.start >= Math.min(TELLING_BYTES, this.#leastRunBytes))
      this.#speeds = [...this.#speeds, run.averageSpeed(nowMs)].slice(-REMEMBERED_RUNS);
    const { firstByteSeconds } = run;
    if (firstByteSeconds === null) return;
    const usual = this.#usualFirstByteSeconds;
    this.#usualFirstByteSeconds = usual === 0 ? firstByteSeconds : usual * 0.8 + firstByteSeconds * 0.2;
    const shortest = this.#shortestFirstByteSeconds * SHORTEST_GROWTH;
    this.#shortestFirstByteSeconds = shortest === 0 ? firstByteSeconds : Math.min(shortest, firstByteSeconds);
  }

  /** What each of so many lanes should bring: what good ones do, but together no more than the way has shown to carry. */
  norm(activeLanes: number): LanePromise {
    const { usual } = this;
    const share = this.#peakBytesPerSecond / Math.max(1, activeLanes);
    return { ...usual, bytesPerSecond: Math.min(usual.bytesPerSecond, share) };
  }

  /** What an idle lane can be expected to bring. */
  expected(activeLanes: number, nowMs: number): LanePromise {
    const { usual } = this;
    // When everything that is left hangs, nothing flows, and yet it is known what a lane can do.
    const flowing = this.#windowSpeed(nowMs) / Math.max(1, activeLanes);
    return { ...usual, bytesPerSecond: Math.max(usual.bytesPerSecond, flowing) };
  }

  /** Lanes crawl: more of them are worth having though the total does not grow, as long as the others know better. */
  helpCrawlers(nowMs: number): void {
    if (nowMs - this.#helpedMs < RAMP_MS) return;
    this.#helpedMs = nowMs;
    this.#setLanes(Math.min(this.#maxLanes, this.target * 2));
  }

  /** The server does not put up with more. */
  lower(lanes: number): void {
    this.#maxLanes = Math.max(1, Math.min(this.#maxLanes, lanes));
    this.#setLanes(Math.min(this.target, this.#maxLanes));
  }

  #setLanes(lanes: number): void {
    if (this.#ramp !== null) this.#ramp = { ...this.#ramp, lanes };
  }

  #windowSpeed(nowMs: number): number {
    const elapsedMs = nowMs - this.#windowStartMs;
    return elapsedMs <= 0 ? 0 : (this.#windowBytes * 1000) / elapsedMs;
  }
}
