import { TributaryError } from '../../../contract/errors.ts';
import type { ByteSink } from '../../../kit/byteSink.ts';
import type { Clock } from '../../../kit/clock.ts';
import type { Disposable } from '../../../kit/disposables.ts';

const SILENT = new Set(['connect-timeout', 'first-byte-timeout', 'idle-timeout']);

/**
 * Notices that a hub has given nothing for so long, over all lanes together, that asking again is pointless. A hub is near,
 * and each attempt at a silent one takes up to half a minute: eight of them, as servers get, would be four minutes.
 */
export class HubSilence {
  readonly #clock: Clock;
  readonly #enoughMs: number;
  readonly #reads = new Set<{ readonly sink: ByteSink; readonly from: number }>();
  /** When the first of the attempts began that brought nothing; null: the last one brought something. */
  #sinceMs: number | null = null;

  constructor(clock: Clock, enoughMs: number) {
    this.#clock = clock;
    this.#enoughMs = enoughMs;
  }

  /** An attempt; dispose when it is over. */
  begin(sink: ByteSink): Disposable {
    const read = { sink, from: sink.position };
    this.#reads.add(read);
    this.#sinceMs ??= this.#clock.nowMs();
    return {
      dispose: () => {
        this.#reads.delete(read);
        if (sink.position > read.from) this.#sinceMs = null;
      },
    };
  }

  /** Why an attempt failed, while it counts: with `givenUp` when it was the last one (see `retryDelayMs`). */
  judge(error: TributaryError): TributaryError {
    for (const { sink, from } of this.#reads) if (sink.position > from) this.#sinceMs = null;
    const isOver = this.#sinceMs !== null && this.#clock.nowMs() - this.#sinceMs >= this.#enoughMs;
    if (!isOver || !SILENT.has(error.code)) return error;
    return new TributaryError(error.code, { ...error.args, givenUp: 1 }, { cause: error });
  }
}
