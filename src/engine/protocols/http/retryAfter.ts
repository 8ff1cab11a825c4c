/** A server that asks for longer is not waited for: the user is told instead. */
const MAX_WAIT_MS = 24 * 3600 * 1000;

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), as milliseconds from `nowMs`; null when there is none or nonsense. */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  // Every form of an HTTP date names its month; Date.parse would read other things, too.
  const date = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : date - nowMs;
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(0, waitMs), MAX_WAIT_MS);
}
