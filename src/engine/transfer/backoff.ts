import type { TributaryError } from '../../contract/errors.ts';

const FIRST_MS = 250;
const LONGEST_MS = 10_000;
/** Attempts without a single byte in between before a source is given up. */
const MAX_ATTEMPTS = 8;
/** The same for a host that never answered: a wrong link should be told soon. */
const MAX_FIRST_ATTEMPTS = 3;

/** Pause before attempt number `attempt` (1 is the first repetition): 250, 500, 1000 ms ..., with jitter of up to a quarter. */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(full * (0.75 + 0.25 * random));
}

/**
 * How long to wait before trying again, or null when trying again is pointless.
 * @param failures in a row, without progress, this one included
 * @param everReached whether the source has ever given anything
 */
export function retryDelayMs(error: TributaryError, failures: number, everReached: boolean, random: number): number | null {
  if (!error.transient) return null;
  const unreachable = error.code === 'dns-failed' || error.code === 'connection-refused' || error.code === 'unreachable' || error.code === 'proxy-failed';
  const limit = unreachable && !everReached ? MAX_FIRST_ATTEMPTS : MAX_ATTEMPTS;
  if (failures >= limit) return null;
  const asked = error.args['retryAfterMs'];
  return Math.max(backoffMs(failures, random), typeof asked === 'number' ? asked : 0);
}
