/** Time after which an old measurement has lost most of its weight. */
const TIME_CONSTANT_MS = 2500;
/** Of a transfer that is silent for so long nothing is known any more: an average would fall for minutes, and read as days left. */
const SILENT_MS = 5000;

/** Smoothed speed: an exponential average over time, so that it does not depend on how often it is fed. */
export class SpeedMeter {
  #bytesPerSecond = 0;
  /** Weight of what was measured so far; below 1 at the start, so that the first seconds do not read as slow. */
  #weight = 0;
  #bytes = 0;
  #sinceMs: number;
  #lastByteMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
    this.#lastByteMs = nowMs;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Takes in what was added since the last call. Exactly 0 while nothing has come for some seconds. */
  read(nowMs: number): number {
    if (this.#bytes > 0) this.#lastByteMs = nowMs;
    else if (nowMs - this.#lastByteMs >= SILENT_MS) this.#forget(nowMs);
    const elapsedMs = nowMs - this.#sinceMs;
    if (elapsedMs > 0) {
      const keep = Math.exp(-elapsedMs / TIME_CONSTANT_MS);
      const current = (this.#bytes * 1000) / elapsedMs;
      this.#bytesPerSecond = this.#bytesPerSecond * keep + current * (1 - keep);
      this.#weight = this.#weight * keep + (1 - keep);
      this.#bytes = 0;
      this.#sinceMs = nowMs;
    }
    return this.#weight === 0 ? 0 : this.#bytesPerSecond / this.#weight;
  }

  /** As at the start, so that what comes after a silence reads as fast as it is. */
  #forget(nowMs: number): void {
    this.#bytesPerSecond = 0;
    this.#weight = 0;
    this.#sinceMs = nowMs;
  }
}
