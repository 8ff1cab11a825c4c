import type { Disposable } from './disposables.ts';

/** The two things that a pacer or a gatherer needs of time; a test gives its own. */
export interface PacerTime {
  nowMs(): number;
  after(delayMs: number, run: () => void): Disposable;
}

export const REAL_TIME: PacerTime = {
  nowMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return { dispose: () => clearTimeout(timer) };
  },
};

/** Runs something as often as it is asked for, but never twice within `gapMs`: the first at once, the rest as one. */
export class Pacer implements Disposable {
  readonly #gapMs: number;
  readonly #run: () => void;
  readonly #time: PacerTime;
  #lastRunMs = Number.NEGATIVE_INFINITY;
  #pending: Disposable | null = null;

  constructor(gapMs: number, run: () => void, time: PacerTime = REAL_TIME) {
    this.#gapMs = gapMs;
    this.#run = run;
    this.#time = time;
  }

  /** Runs now, or when the gap is over. */
  request(): void {
    if (this.#pending) return;
    const waitMs = this.#lastRunMs + this.#gapMs - this.#time.nowMs();
    if (waitMs <= 0) this.runNow();
    else this.#pending = this.#time.after(waitMs, () => this.runNow());
  }

  /** Runs now, whatever the gap; what was waiting is done by it. */
  runNow(): void {
    this.dispose();
    this.#lastRunMs = this.#time.nowMs();
    this.#run();
  }

  /** Forgets what is waiting. */
  dispose(): void {
    this.#pending?.dispose();
    this.#pending = null;
  }
}
