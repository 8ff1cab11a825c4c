import { TributaryError } from '../../../contract/errors.ts';

/** Statuses after which the same request may succeed later (HTTP.md). */
const BUSY = new Set([408, 425, 429, 500, 502, 503, 504]);

/** What a status other than 200, 206 and a redirect means. */
export function statusError(status: number, host: string): TributaryError {
  const args = { host, status };
  if (status === 401) return new TributaryError('auth-required', args);
  if (status === 403) return new TributaryError('forbidden', args);
  if (status === 404 || status === 410) return new TributaryError('not-found', args);
  if (BUSY.has(status)) return new TributaryError('server-busy', args);
  return new TributaryError('http-status', args);
}
