import type { Clock } from '../../kit/clock.ts';
import type { UploadLimit } from '../share/uploadLimit.ts';
import { Throttle } from '../transfer/throttle.ts';

/** Never longer at a time: the limit may have been lifted meanwhile. */
const NAP_MS = 250;

/** One limit for everything that is shared. It can change while bytes flow. */
export class UploadThrottle implements UploadLimit {
  readonly #clock: Clock;
  readonly #throttle: Throttle;
  #bytesPerSecond = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#throttle = new Throttle(clock);
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** 0: no limit. */
  setLimit(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#throttle.setLimit(bytesPerSecond);
  }

  async admit(bytes: number, options: { signal: AbortSignal }): Promise<void> {
    for (let waitMs = this.#throttle.waitMs(); waitMs > 0; waitMs = this.#throttle.waitMs())
      await this.#clock.sleep(Math.min(waitMs, NAP_MS), options);
    this.#throttle.take(bytes);
  }
}
