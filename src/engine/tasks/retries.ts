import { ERRORS, type ErrorInfo } from '../../contract/errors.ts';
import type { TaskId } from '../../contract/task.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Task } from './task.ts';

/** Pauses before each attempt; the last one repeats. */
export const RETRY_PAUSES_MS: readonly number[] = [30_000, 60_000, 120_000, 300_000, 600_000];
/** Attempts in a row that get no further: half a day, so that a night without a network does not end a download. */
const MAX_ATTEMPTS = 75;
/** The same while nothing has ever come: twenty minutes. It may be the link that is wrong. */
const MAX_FIRST_ATTEMPTS = 5;
/** However far away a clock that was set since then puts the next attempt. */
const LONGEST_MS = 86_400_000;

export interface RetriesComponents {
  readonly clock: Clock;
  /** @default RETRY_PAUSES_MS. Empty: nothing is tried again by itself. */
  readonly pausesMs: readonly number[];
  /** Milliseconds since the epoch. */
  readonly dateMs: () => number;
  retry(id: TaskId): void;
}

interface Series {
  attempts: number;
  /** The most that there was when it failed: one that cannot be resumed has another amount each time, and got no further. */
  receivedBytes: number;
}

/**
 * How long after a failure a download is tried again by itself; null: never.
 * @param attempts in a row that got no further
 */
export function retryPauseMs(
  error: ErrorInfo,
  { attempts, receivedBytes }: Series,
  pausesMs: readonly number[] = RETRY_PAUSES_MS,
): number | null {
  const { category, transient } = ERRORS[error.code];
  if (category !== 'network' || !transient) return null;
  if (attempts >= (receivedBytes > 0 ? MAX_ATTEMPTS : MAX_FIRST_ATTEMPTS)) return null;
  const pauseMs = pausesMs[Math.min(attempts, pausesMs.length - 1)];
  if (pauseMs === undefined) return null;
  const { retryAfterMs } = error.args;
  return typeof retryAfterMs === 'number' ? Math.max(pauseMs, retryAfterMs) : pauseMs;
}

/** Lets downloads that a network or a server has failed go on by themselves, after longer and longer pauses. */
export class Retries {
  readonly #components: RetriesComponents;
  readonly #series = new Map<TaskId, Series>();
  readonly #waits = new Map<TaskId, AbortController>();

  constructor(components: RetriesComponents) {
    this.#components = components;
  }

  /** How many wait for their next attempt. */
  get waiting(): number {
    return this.#waits.size;
  }

  /** It has failed. @returns when it is tried again, in milliseconds since the epoch; null: not by itself */
  plan({ id, record }: Task, error: ErrorInfo): number | null {
    const { pausesMs, dateMs } = this.#components;
    const { receivedBytes } = record;
    const known = this.#series.get(id);
    const series = known !== undefined && receivedBytes <= known.receivedBytes ? known : { attempts: 0, receivedBytes };
    const pauseMs = retryPauseMs(error, series, pausesMs);
    if (pauseMs === null) {
      this.forget(id);
      return null;
    }
    series.attempts++;
    this.#series.set(id, series);
    this.#wait(id, pauseMs);
    return dateMs() + pauseMs;
  }

  /** It was planned by an earlier engine. */
  recall(id: TaskId, retryAt: number): void {
    this.#wait(id, Math.max(0, retryAt - this.#components.dateMs()));
  }

  /** It goes on already, or somebody does not want it to. */
  cancel(id: TaskId): void {
    this.#waits.get(id)?.abort(new Error('it is not waited for any more'));
    this.#waits.delete(id);
  }

  forget(id: TaskId): void {
    this.cancel(id);
    this.#series.delete(id);
  }

  close(): void {
    for (const id of [...this.#waits.keys()]) this.cancel(id);
  }

  #wait(id: TaskId, ms: number): void {
    this.cancel(id);
    const wait = new AbortController();
    this.#waits.set(id, wait);
    this.#components.clock.sleep(Math.min(LONGEST_MS, ms), wait).then(
      () => {
        // Cancelled in this very moment: it may be paused by now, which a retry would end.
        if (this.#waits.get(id) !== wait) return;
        this.#waits.delete(id);
        this.#components.retry(id);
      },
      // Cancelled.
      () => {},
    );
  }
}
