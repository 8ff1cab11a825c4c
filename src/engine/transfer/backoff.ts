import type { TributaryError } from '../../contract/errors.ts';

const FIRST_MS = 250;
const LONGEST_MS = 10_000;
/** Attempts without a single byte in between before a source is given up. */
const MAX_ATTEMPTS = 8;
/** The same for a source that has never given anything: a wrong link should be told soon. */
const MAX_FIRST_ATTEMPTS = 3;

/** A server that has ignored a range twice in a row ignores ranges. */
const MAX_IGNORED = 2;
/** The source has looked for peers for seconds before it says that there are none. */
const MAX_SEARCHES = 2;

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
export function retryDelayMs(
  error: TributaryError,
  failures: number,
  everReached: boolean,
  random: number,
): number | null {
  // A source whose every attempt takes long says itself when it was the last one.
  if (!error.transient || error.args.givenUp !== undefined) return null;
  if (failures >= attemptsFor(error, everReached)) return null;
  const asked = error.args.retryAfterMs;
  return Math.max(backoffMs(failures, random), typeof asked === 'number' ? asked : 0);
}

function attemptsFor(error: TributaryError, everReached: boolean): number {
  if (error.code === 'range-ignored') return MAX_IGNORED;
  if (error.code === 'ipfs-no-provider') return MAX_SEARCHES;
  // A busy server asks to be asked again, however new it is to us.
  return everReached || error.code === 'server-busy' ? MAX_ATTEMPTS : MAX_FIRST_ATTEMPTS;
}
