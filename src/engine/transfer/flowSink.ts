import type { ByteSink } from '../../kit/byteSink.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Throttle } from './throttle.ts';

/** With a limit, memory is lent in pieces this small, so that one read cannot swallow seconds of it. */
const LIMITED_PIECE_BYTES = 16 * 1024;

/** A sink that counts what flows into it and takes it no faster than every throttle allows. */
export class FlowSink implements ByteSink {
  readonly #inner: ByteSink;
  readonly #throttles: readonly Throttle[];
  readonly #clock: Clock;
  readonly #onReceived: (bytes: number) => void;

  constructor(
    inner: ByteSink,
    components: { throttles: readonly Throttle[]; clock: Clock; onReceived: (bytes: number) => void },
  ) {
    this.#inner = inner;
    this.#throttles = components.throttles;
    this.#clock = components.clock;
    this.#onReceived = components.onReceived;
  }

  get position(): number {
    return this.#inner.position;
  }

  get remaining(): number {
    return this.#inner.remaining;
  }

  lend(): Uint8Array {
    const memory = this.#inner.lend();
    return this.#throttles.some(({ limited }) => limited) ? memory.subarray(0, LIMITED_PIECE_BYTES) : memory;
  }

  filled(count: number): boolean {
    for (const throttle of this.#throttles) throttle.take(count);
    const before = this.#inner.position;
    const goOn = this.#inner.filled(count);
    // Less than `count` when the range was cut short while its memory was lent.
    this.#onReceived(this.#inner.position - before);
    return goOn && this.#waitMs() === 0;
  }

  async ready(options: { signal: AbortSignal }): Promise<void> {
    await this.#inner.ready(options);
    // Never longer than a second at a time: the limit may have been lifted meanwhile.
    for (let waitMs = this.#waitMs(); waitMs > 0; waitMs = this.#waitMs()) {
      await this.#clock.sleep(Math.min(waitMs, 1000), options);
    }
  }

  #waitMs(): number {
    let longest = 0;
    for (const throttle of this.#throttles) longest = Math.max(longest, throttle.waitMs());
    return longest;
  }
}
