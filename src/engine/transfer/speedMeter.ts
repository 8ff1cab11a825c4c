/** Time after which an old measurement has lost most of its weight. */
const TIME_CONSTANT_MS = 2500;

/** Smoothed speed: an exponential average over time, so that it does not depend on how often it is fed. */
export class SpeedMeter {
  #bytesPerSecond = 0;
  /** Weight of what was measured so far; below 1 at the start, so that the first seconds do not read as slow. */
  #weight = 0;
  #bytes = 0;
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Takes in what was added since the last call. */
  read(nowMs: number): number {
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
}
