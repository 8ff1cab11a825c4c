import { TributaryError } from '../../contract/errors.ts';

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 §5.5, printable part: a line break in a value would smuggle in another header. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Set by the transfer itself; a user's value would break ranges or framing. */
const RESERVED = new Set([
  'range',
  'if-range',
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'accept-encoding',
]);

/**
 * Checks headers given by the user; names come back in lower case.
 * @throws TributaryError `bad-header`
 */
export function checkHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const checked = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    const key = name.trim().toLowerCase();
    // The value may be a secret: only the name is repeated.
    if (!TOKEN.test(key) || !VALUE.test(value) || RESERVED.has(key))
      throw new TributaryError('bad-header', { text: name });
    checked.set(key, value.trim());
  }
  return Object.fromEntries(checked);
}
