/** What a `Range` asks of a file of known size: half-open, cut at its end. */
export type WantedRange = { readonly start: number; readonly end: number } | 'unsatisfiable';

/**
 * Reads the `Range` of a request (RFC 9110 §14.2). Null: it is to be ignored, and the whole file sent: not of the unit
 * bytes, malformed, or several ranges at once (which a server need not serve).
 */
export function parseRangeHeader(header: string, sizeBytes: number): WantedRange | null {
  const match = /^bytes=[ \t]*(\d{0,16})-(\d{0,16})[ \t]*$/i.exec(header.trim());
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return null;
  if (first === '') {
    const suffix = Math.min(Number(last), sizeBytes);
    return suffix === 0 ? 'unsatisfiable' : { start: sizeBytes - suffix, end: sizeBytes };
  }
  const start = Number(first);
  const end = last === '' ? sizeBytes : Number(last) + 1;
  if (end <= start && last !== '') return null;
  return start >= sizeBytes ? 'unsatisfiable' : { start, end: Math.min(end, sizeBytes) };
}
