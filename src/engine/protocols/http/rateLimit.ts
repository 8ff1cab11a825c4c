/** A server that asks for longer is not waited for: the user is told instead. */
const MAX_WAIT_MS = 24 * 3600 * 1000;

/**
 * How long to wait when a quota is used up, in milliseconds: from `RateLimit` in the form of the IETF draft
 * (`"default";r=0;t=30`) or the older one (`limit=100, remaining=0, reset=30`), which hubs send instead of Retry-After.
 * Of several quotas that are used up the longest wait counts. Null when there is quota left or nothing is said.
 */
export function parseRateLimit(header: string | null): number | null {
  if (header === null) return null;
  // The older form spreads one quota over the members of a list; in the newer one each member is a quota of its own.
  const quotas = /(?:^|[;,\s])(?:remaining|reset)\s*=/i.test(header) ? [header] : header.split(',');
  const waits = quotas.map(waitOf).filter((waitMs) => waitMs !== null);
  return waits.length === 0 ? null : Math.max(...waits);
}

function waitOf(quota: string): number | null {
  const remaining = numberOf(quota, /(?:^|[;,\s])(?:r|remaining)\s*=\s*(\d{1,9})(?![\d.])/i);
  const seconds = numberOf(quota, /(?:^|[;,\s])(?:t|reset)\s*=\s*(\d{1,9})(?![\d.])/i);
  return remaining === 0 && seconds !== null ? Math.min(seconds * 1000, MAX_WAIT_MS) : null;
}

function numberOf(quota: string, pattern: RegExp): number | null {
  const match = pattern.exec(quota);
  return match === null ? null : Number(match[1]);
}
