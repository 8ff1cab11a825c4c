/** Bytes that may come at once after a pause, as time: short, so that the limit holds over a second too. */
const BURST_SECONDS = 0.1;

/** A fast flow is in debt for a moment after each piece, and hardly ever when somebody looks. */
const REACHED_MS = 100;

/** Whether limits let more come than does. */
export type LimitState = 'none' | 'open' | 'reached';

/** Of limits that all hold for the same bytes. */
export function limitState(throttles: readonly Throttle[]): LimitState {
  if (!throttles.some(({ limited }) => limited)) return 'none';
  return throttles.some(({ reached }) => reached) ? 'reached' : 'open';
}

/** A token bucket shared by whatever it limits. The rate can change while it is in use. */
export class Throttle {
  readonly #nowMs: () => number;
  #bytesPerSecond = 0;
  #tokens = 0;
  #updatedMs: number;
  /** When more had come than was due, for the last time. */
  #overMs = Number.NEGATIVE_INFINITY;

  /** @param components.nowMs a monotonic clock */
  constructor(components: { nowMs: () => number }) {
    this.#nowMs = components.nowMs;
    this.#updatedMs = components.nowMs();
  }

  /** 0: no limit. */
  setLimit(bytesPerSecond: number): void {
    this.#refill();
    // What was owed to no limit, or under one that is gone, is nobody's debt.
    if (this.#bytesPerSecond === 0 || bytesPerSecond === 0) this.#tokens = 0;
    this.#bytesPerSecond = bytesPerSecond;
    this.#tokens = Math.min(this.#tokens, bytesPerSecond * BURST_SECONDS);
  }

  get limited(): boolean {
    return this.#bytesPerSecond > 0;
  }

  /** Takes bytes that have come already; the balance may become negative. */
  take(bytes: number): void {
    if (!this.limited) return;
    this.#refill();
    this.#tokens -= bytes;
    if (this.#tokens < 0) this.#overMs = this.#updatedMs;
  }

  /** It holds somebody back, or did a moment ago. */
  get reached(): boolean {
    return this.waitMs() > 0 || (this.limited && this.#nowMs() - this.#overMs <= REACHED_MS);
  }

  /** Milliseconds until the balance is positive again; 0: go on. */
  waitMs(): number {
    if (!this.limited) return 0;
    this.#refill();
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens * 1000) / this.#bytesPerSecond);
  }

  #refill(): void {
    const nowMs = this.#nowMs();
    const earned = ((nowMs - this.#updatedMs) / 1000) * this.#bytesPerSecond;
    this.#tokens = Math.min(this.#tokens + earned, this.#bytesPerSecond * BURST_SECONDS);
    this.#updatedMs = nowMs;
  }
}
