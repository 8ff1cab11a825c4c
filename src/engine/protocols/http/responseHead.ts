import { withoutEnd } from '../../../kit/withoutEnd.ts';

/** HTTP.md: a larger head is an error, not a guess. */
export const MAX_HEAD_BYTES = 64 * 1024;

/** The head of an HTTP/1.1 response. Names in lower case; a header given several times has an array of values. */
export interface ResponseHead {
  readonly version: '1.0' | '1.1';
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** The connection may carry another request: HTTP/1.1 unless it says `close`, HTTP/1.0 if it says `keep-alive`. */
  readonly keepAlive: boolean;
}

export type HeadResult =
  | { readonly kind: 'head'; readonly head: ResponseHead; readonly length: number }
  | { readonly kind: 'incomplete' }
  /** `reason` completes the sentence "the answer makes no sense: ...". */
  | { readonly kind: 'malformed'; readonly reason: string };

const BEGINNING = Buffer.from('HTTP/1.');

/** Whether these bytes, however few, can be the beginning of a head. */
export function mayBeHead(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, BEGINNING.length);
  return bytes.compare(BEGINNING, 0, length, 0, length) === 0;
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Reads a head, strictly (RFC 9112): what could be read in two ways is malformed. A line
 * that starts with white space (obsolete folding, §5.2) and a bare line feed or carriage return are such.
 */
export function parseResponseHead(bytes: Buffer): HeadResult {
  if (!mayBeHead(bytes)) return { kind: 'malformed', reason: 'it is not HTTP/1.1' };
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0 && bytes.length < MAX_HEAD_BYTES) return { kind: 'incomplete' };
  if (end < 0 || end > MAX_HEAD_BYTES) return { kind: 'malformed', reason: 'its head is too long' };
  const lines = bytes.toString('latin1', 0, end).split('\r\n');
  const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: .*)?$/.exec(lines[0] ?? '');
  if (statusLine === null) return { kind: 'malformed', reason: 'it is not HTTP/1.1' };
  const headers = new Map<string, string | string[]>();
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (colon < 1 || !TOKEN.test(name) || /[\r\n\0]/.test(line))
      return { kind: 'malformed', reason: 'a header line is broken' };
    // Only these two are white space here (RFC 9110 §5.6.3); a byte A0 may be the end of a UTF-8 letter.
    const value = withoutEnd(line.slice(colon + 1), /[ \t]/).replace(/^[ \t]+/, '');
    const before = headers.get(name);
    if (Array.isArray(before)) before.push(value);
    else headers.set(name, before === undefined ? value : [before, value]);
  }
  const version = statusLine[1] === '0' ? '1.0' : '1.1';
  const connection = String(headers.get('connection') ?? '')
    .toLowerCase()
    .split(',')
    .map((option) => option.trim());
  const keepAlive = !connection.includes('close') && (version === '1.1' || connection.includes('keep-alive'));
  const head = { version, status: Number(statusLine[2]), headers: Object.fromEntries(headers), keepAlive } as const;
  return { kind: 'head', head, length: end + 4 };
}
