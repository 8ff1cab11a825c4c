import { nextLaneTarget, usefulLanes } from './rampUp.ts';
import type { Run } from './run.ts';

/** Time after which more lanes have shown what they bring. */
const RAMP_MS = 500;

/** How fast the lanes of one transfer are, and how many of them are worth having. */
export class LanePace {
  #maxLanes: number;
  #missingBytes: number;
  #target = 1;
  #windowBytes = 0;
  #windowStartMs: number;
  /** Total speed before the lanes were last raised; null before the first raise. */
  #previousBytesPerSecond: number | null = null;
  #usualBytesPerSecond = 0;
  #usualFirstByteSeconds = 0;

  constructor(init: { maxLanes: number; missingBytes: number; nowMs: number }) {
    this.#maxLanes = init.maxLanes;
    this.#missingBytes = init.missingBytes;
    this.#windowStartMs = init.nowMs;
    this.#raise(init.nowMs);
  }

  /** Lanes wanted now. */
  get target(): number {
    return this.#target;
  }

  /** What lanes have shown they can do. */
  get usual(): { bytesPerSecond: number; firstByteSeconds: number } {
    return { bytesPerSecond: this.#usualBytesPerSecond, firstByteSeconds: this.#usualFirstByteSeconds };
  }

  /** Called for every byte that arrives. */
  received(bytes: number): void {
    this.#windowBytes += bytes;
    this.#missingBytes -= bytes;
  }

  tick(nowMs: number): void {
    if (nowMs - this.#windowStartMs >= RAMP_MS) this.#raise(nowMs);
  }

  /** A run has ended: what it was like is what the next ones are measured by. */
  learn(run: Run, nowMs: number): void {
    if (run.position > run.start)
      this.#usualBytesPerSecond = Math.max(run.averageSpeed(nowMs), this.#usualBytesPerSecond / 2);
    const firstByteSeconds = run.firstByteSeconds;
    if (firstByteSeconds !== null)
      this.#usualFirstByteSeconds = Math.max(firstByteSeconds, this.#usualFirstByteSeconds * 0.8);
  }

  /** Bytes per second that a lane can be expected to bring; 0 when nothing is known yet. */
  laneSpeed(activeLanes: number, nowMs: number): number {
    // When everything that is left hangs, nothing flows, and yet it is known what a lane can do.
    return Math.max(this.#usualBytesPerSecond, this.#windowSpeed(nowMs) / Math.max(1, activeLanes));
  }

  /** The server does not put up with more. */
  lower(lanes: number): void {
    this.#maxLanes = Math.max(1, Math.min(this.#maxLanes, lanes));
    this.#target = Math.min(this.#target, this.#maxLanes);
  }

  #raise(nowMs: number): void {
    const bytesPerSecond = this.#windowSpeed(nowMs);
    const target = nextLaneTarget({
      lanes: this.#target,
      useful: usefulLanes(this.#missingBytes, this.#maxLanes),
      bytesPerSecond,
      previousBytesPerSecond: this.#previousBytesPerSecond,
    });
    if (target > this.#target || this.#previousBytesPerSecond === null) this.#previousBytesPerSecond = bytesPerSecond;
    this.#target = target;
    this.#windowBytes = 0;
    this.#windowStartMs = nowMs;
  }

  #windowSpeed(nowMs: number): number {
    const elapsedMs = nowMs - this.#windowStartMs;
    return elapsedMs <= 0 ? 0 : (this.#windowBytes * 1000) / elapsedMs;
  }
}
