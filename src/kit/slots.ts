import { onAbort } from './abort.ts';
import { type Deferred, deferred } from './deferred.ts';
import type { Disposable } from './disposables.ts';

/** So many may work at once; the others wait in the order in which they came, whoever they are. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<Deferred<void>>();

  constructor(count: number) {
    this.#free = count;
  }

  /** More, or fewer: then some of those that are taken are not given again. */
  resize(by: number): void {
    this.#free += by;
    this.#serve();
  }

  /** Dispose the result to give the slot back. @throws the signal's reason when aborted */
  async take(options: { signal: AbortSignal }): Promise<Disposable> {
    options.signal.throwIfAborted();
    if (this.#free > 0 && this.#waiting.size === 0) this.#free--;
    else await this.#wait(options.signal);
    let taken = true;
    return {
      dispose: () => {
        if (!taken) return;
        taken = false;
        this.#free++;
        this.#serve();
      },
    };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const turn = deferred<void>();
    this.#waiting.add(turn);
    const link = onAbort(signal, (reason) => {
      // One whose turn has come already has the slot, and gives it back by itself.
      if (this.#waiting.delete(turn)) turn.reject(reason);
    });
    try {
      await turn.promise;
    } finally {
      link.dispose();
    }
  }

  #serve(): void {
    for (const turn of this.#waiting) {
      if (this.#free <= 0) return;
      this.#waiting.delete(turn);
      this.#free--;
      turn.resolve();
    }
  }
}
