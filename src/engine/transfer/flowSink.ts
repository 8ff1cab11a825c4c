import type { ByteSink } from '../../kit/byteSink.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Throttle } from './throttle.ts';

/** With a limit, memory is lent in pieces this small, so that one read cannot swallow seconds of it. */
const LIMITED_PIECE_BYTES = 16 * 1024;

/** A sink that counts what flows into it and takes it no faster than the throttle allows. */
export class FlowSink implements ByteSink {
  readonly #inner: ByteSink;
  readonly #throttle: Throttle;
  readonly #clock: Clock;
  readonly #onReceived: (bytes: number) => void;

  constructor(inner: ByteSink, components: { throttle: Throttle; clock: Clock; onReceived: (bytes: number) => void }) {
    this.#inner = inner;
    this.#throttle = components.throttle;
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
    return this.#throttle.limited ? memory.subarray(0, LIMITED_PIECE_BYTES) : memory;
  }

  filled(count: number): boolean {
    this.#throttle.take(count);
    const before = this.#inner.position;
    const goOn = this.#inner.filled(count);
    // Less than `count` when the range was cut short while its memory was lent.
    this.#onReceived(this.#inner.position - before);
    return goOn && this.#throttle.waitMs() === 0;
  }

  async ready(options: { signal: AbortSignal }): Promise<void> {
    await this.#inner.ready(options);
    // Never longer than a second at a time: the limit may have been lifted meanwhile.
    for (let waitMs = this.#throttle.waitMs(); waitMs > 0; waitMs = this.#throttle.waitMs()) {
      await this.#clock.sleep(Math.min(waitMs, 1000), options);
    }
  }
}
