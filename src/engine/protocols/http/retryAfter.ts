import { parseHttpDate } from './httpDate.ts';

/** A server that asks for longer is not waited for: the user is told instead. */
const MAX_WAIT_MS = 24 * 3600 * 1000;

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), as milliseconds from `nowMs`; null when there is none or nonsense. */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const untilMs = /^\d{1,9}$/.test(text) ? nowMs + Number(text) * 1000 : parseHttpDate(text);
  return untilMs === null ? null : Math.min(Math.max(0, untilMs - nowMs), MAX_WAIT_MS);
}
