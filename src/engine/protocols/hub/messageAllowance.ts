/** How many messages a client may still send: a burst, and then so many a second. */
export class MessageAllowance {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #atMs: number | null = null;

  constructor(init: { burst: number; perSecond: number }) {
    this.#burst = init.burst;
    this.#perSecond = init.perSecond;
    this.#left = init.burst;
  }

  /** False: that was one too many. */
  take(nowMs: number): boolean {
    const passedMs = this.#atMs === null ? 0 : Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    this.#left = Math.min(this.#burst, this.#left + (passedMs / 1000) * this.#perSecond);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
