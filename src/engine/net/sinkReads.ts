import { type ByteSink, fillFrom } from '../../kit/byteSink.ts';
import type { OwnMemory } from './copyReads.ts';

/** Takes what comes when the sink must not be asked: right after a pause, or behind its end. */
const SCRATCH_BYTES = 64 * 1024;

export interface SinkReadsEvents {
  /** So many bytes have come. */
  onBytes(count: number): void;
  /** The sink takes no more for now: do not read before `onReady`. */
  onPause(): void;
  onReady(): void;
  /**
   * The sink is full. Called again for everything that comes behind its end.
   * @returns whether reading may go on
   */
  onFull(surplusBytes: number): boolean;
  /** The sink has failed. */
  onError(error: unknown): void;
}

/** Lets what a socket receives flow straight into the memory of a sink: give `onread` to the socket. */
export class SinkReads {
  readonly #sink: ByteSink;
  readonly #events: SinkReadsEvents;
  readonly #signal: AbortSignal;
  readonly #scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  #landing: 'sink' | 'scratch' = 'scratch';
  #paused = false;
  #over = false;

  readonly onread: OwnMemory = {
    // Node asks for the next memory right after a read, also after one that paused it: a sink's must not be promised then.
    buffer: () => {
      this.#landing = !this.#over && !this.#paused && this.#sink.remaining > 0 ? 'sink' : 'scratch';
      return this.#landing === 'sink' ? this.#sink.lend() : this.#scratch;
    },
    callback: (count) => this.#received(count),
  };

  constructor(sink: ByteSink, events: SinkReadsEvents, options: { signal: AbortSignal }) {
    this.#sink = sink;
    this.#events = events;
    this.#signal = options.signal;
  }

  /** Nothing is put into the sink any more. */
  stop(): void {
    this.#over = true;
  }

  #received(count: number): boolean {
    if (this.#over) return false;
    this.#events.onBytes(count);
    return this.#landing === 'sink'
      ? this.#afterFill(this.#sink.filled(count), null)
      : this.#passOn(this.#scratch.subarray(0, count));
  }

  /** @returns whether reading may go on */
  #passOn(bytes: Uint8Array): boolean {
    const { rest, goOn } = fillFrom(this.#sink, bytes);
    return this.#afterFill(goOn, rest);
  }

  #afterFill(goOn: boolean, rest: Uint8Array | null): boolean {
    if (this.#sink.remaining === 0) return this.#events.onFull(rest?.length ?? 0);
    return goOn || this.#wait(rest);
  }

  #wait(rest: Uint8Array | null): false {
    // The scratch memory is filled again before the sink is ready.
    const left = rest === null || rest.length === 0 ? null : Buffer.from(rest);
    this.#paused = true;
    this.#events.onPause();
    this.#sink.ready({ signal: this.#signal }).then(
      () => {
        if (this.#over) return;
        this.#paused = false;
        if (left === null || this.#passOn(left)) this.#events.onReady();
      },
      (error: unknown) => this.#events.onError(error),
    );
    return false;
  }
}
