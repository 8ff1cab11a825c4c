import { TributaryError } from '../contract/errors.ts';
import { checkHeaders } from '../engine/intake/headers.ts';

/**
 * Header lines as given by `-H "Name: value"`, by lower-case name. A repeated name keeps all its values, joined as RFC
 * 9110 §5.3 (and RFC 6265 §5.4 for cookies) says.
 * @throws TributaryError `bad-header`
 */
export function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    // Without a colon any word may be the secret itself, so only the first, which can only be a name, is repeated.
    if (colon <= 0) throw new TributaryError('bad-header', { text: line.trim().split(/\s/, 1)[0] ?? '' });
    const checked = checkHeaders({ [line.slice(0, colon)]: line.slice(colon + 1) });
    for (const [name, value] of Object.entries(checked)) {
      const before = headers[name];
      headers[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
    }
  }
  return headers;
}
