import { TributaryError } from '../../../contract/errors.ts';
import { headerText } from '../../protocols/http/headerText.ts';

const MAX_HOPS = 10;

/** Headers that say nothing about the user and may follow a redirect to another origin. */
const HARMLESS = new Set(['accept', 'accept-encoding', 'accept-language', 'if-range', 'range', 'user-agent']);

export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/**
 * Where a redirect leads.
 * @param chain links so far, the one that answered last
 * @throws TributaryError `too-many-redirects`, `redirect-loop`, `redirect-refused` (other schemes, https to http), `bad-response`
 */
export function nextHop(chain: readonly string[], location: string | null): string {
  const from = new URL(chain.at(-1) ?? '');
  if (location === null)
    throw new TributaryError('bad-response', { host: from.host, reason: 'a redirect without a target' });
  const target = headerText(location);
  if (!URL.canParse(target, from)) {
    throw new TributaryError('bad-response', { host: from.host, reason: 'a redirect to something that is no link' });
  }
  const to = new URL(target, from);
  to.hash = '';
  const safe = to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:');
  if (!safe)
    throw new TributaryError('redirect-refused', {
      from: from.origin,
      to: to.protocol === 'http:' ? to.origin : to.protocol,
    });
  // User info in a redirect would be credentials chosen by the server: it never reaches a request, a name or a log.
  to.username = '';
  to.password = '';
  if (chain.includes(to.href)) {
    const names = [...chain, to.href].map((link) => new URL(link).origin + new URL(link).pathname);
    throw new TributaryError('redirect-loop', { host: from.host, chain: names.join(' → ') });
  }
  if (chain.length > MAX_HOPS) throw new TributaryError('too-many-redirects', { host: from.host, limit: MAX_HOPS });
  return to.href;
}

/** Leaves out credentials, cookies and whatever else the user gave as soon as scheme, host or port changes. */
export function headersFor(
  url: string,
  originalUrl: string,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  if (new URL(url).origin === new URL(originalUrl).origin) return { ...headers };
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.has(name)));
}
