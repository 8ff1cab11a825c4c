import { sleep } from './abort.ts';
import type { Disposable } from './disposables.ts';

/** Time as an argument, so that a test can let hours pass in a moment. */
export interface Clock {
  /** Monotonic, in milliseconds. */
  nowMs(): number;
  /** Rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, options: { signal: AbortSignal }): Promise<void>;
  /** Calls back again and again, until disposed. */
  every(ms: number, callback: () => void): Disposable;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  sleep,
  every: (ms, callback) => {
    const timer = setInterval(callback, ms);
    return { dispose: () => clearInterval(timer) };
  },
};
