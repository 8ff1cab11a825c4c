import type { Disposable } from './disposables.ts';
import { type PacerTime, REAL_TIME } from './pacer.ts';

export interface GathererLimits {
  /** What comes within this time of the one before belongs together. */
  readonly quietMs: number;
  /** Nothing is held back longer than this because more keeps coming. */
  readonly longestMs: number;
  /** Nothing is passed on within this time of the last time. @default 0 */
  readonly gapMs?: number;
}

/** Holds things back while more of them keep coming, and then passes them on together. */
export class Gatherer<T> implements Disposable {
  readonly #limits: GathererLimits;
  readonly #pass: (gathered: readonly T[]) => void;
  readonly #time: PacerTime;
  #gathered: T[] = [];
  #firstAtMs = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #pending: Disposable | null = null;

  constructor(limits: GathererLimits, pass: (gathered: readonly T[]) => void, time: PacerTime = REAL_TIME) {
    this.#limits = limits;
    this.#pass = pass;
    this.#time = time;
  }

  add(things: readonly T[]): void {
    if (things.length === 0) return;
    const nowMs = this.#time.nowMs();
    if (this.#gathered.length === 0) this.#firstAtMs = nowMs;
    this.#gathered.push(...things);
    this.#pending?.dispose();
    const { quietMs, longestMs } = this.#limits;
    const dueMs = Math.max(this.#notBeforeMs, Math.min(nowMs + quietMs, this.#firstAtMs + longestMs));
    this.#pending = this.#time.after(Math.max(0, dueMs - nowMs), () => this.#passAll());
  }

  /** Forgets what is held back. */
  dispose(): void {
    this.#pending?.dispose();
    this.#pending = null;
    this.#gathered = [];
  }

  #passAll(): void {
    const gathered = this.#gathered;
    this.dispose();
    this.#notBeforeMs = this.#time.nowMs() + (this.#limits.gapMs ?? 0);
    this.#pass(gathered);
  }
}
