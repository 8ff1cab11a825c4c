/** When to connect to the engine again. Pure: the link that uses it owns the clock. */

const FIRST_DELAYS_MS = [0, 250, 500, 1000, 2000, 4000, 8000] as const;
const LONGEST_DELAY_MS = 10_000;

/** A connection that held this long ends the series of failures. */
export const STABLE_MS = 60_000;

/** So many failures within `STABLE_MS` are told to the user. */
const TOO_MANY = 5;

/** @param failures how many failures came one after the other, this one included */
export function reconnectDelayMs(failures: number): number {
  return FIRST_DELAYS_MS[Math.max(0, failures - 1)] ?? LONGEST_DELAY_MS;
}

/** The failures that still count at `nowMs`. */
export function recentFailures(failedAtMs: readonly number[], nowMs: number): number[] {
  return failedAtMs.filter((at) => nowMs - at < STABLE_MS);
}

export function keepsFailing(failedAtMs: readonly number[], nowMs: number): boolean {
  return recentFailures(failedAtMs, nowMs).length >= TOO_MANY;
}
