import type { Clock } from '../../src/kit/clock.ts';
import type { Disposable } from '../../src/kit/disposables.ts';

interface Timer {
  readonly atMs: number;
  /** Timers of one moment go off in the order in which they were set. */
  readonly number: number;
  readonly fire: () => void;
}

/** Time that passes as fast as the program can follow: hours of a transfer in a moment. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #numbers = 0;
  readonly #timers = new Set<Timer>();

  /** A field, because others hand it on without its object. */
  readonly nowMs = (): number => this.#nowMs;

  sleep(ms: number, { signal }: { signal: AbortSignal }): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        timer.dispose();
        reject(signal.reason);
      };
      const timer = this.#set(ms, () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  every(ms: number, callback: () => void): Disposable {
    let timer = this.#set(ms, again);
    const set = (): Disposable => this.#set(ms, again);
    function again(): void {
      timer = set();
      callback();
    }
    return { dispose: () => timer.dispose() };
  }

  /** Lets time pass until the promise settles. @throws Error when nothing is left that could settle it, or it takes too long */
  async runUntil<T>(promise: Promise<T>, limitMs: number): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    await turn();
    while (!settled) {
      const next = this.#next();
      if (next === undefined) throw new Error(`nothing happens any more after ${this.#nowMs} ms`);
      if (next.atMs > limitMs) throw new Error(`not done after ${limitMs} ms`);
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.fire();
      await turn();
    }
    return promise;
  }

  #set(ms: number, fire: () => void): Disposable {
    const timer: Timer = { atMs: this.#nowMs + Math.max(0, ms), number: this.#numbers++, fire };
    this.#timers.add(timer);
    return { dispose: () => void this.#timers.delete(timer) };
  }

  /** Some dozens at most: a search is quicker than keeping them in order. */
  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (!next || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.number < next.number)) next = timer;
    }
    return next;
  }
}

/** Lets everything run that waits for promises only. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
