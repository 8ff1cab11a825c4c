/** What a `Range` asks of a file of known size: half-open, cut at its end. */
export type WantedRange = { readonly start: number; readonly end: number } | 'unsatisfiable';

/**
 * Reads the `Range` of a request (RFC 9110 §14.2). Null: it is to be ignored, and the whole file sent: not of the unit
 * bytes, malformed, or several ranges at once (which a server need not serve).
 */
export function parseRangeHeader(header: string, sizeBytes: number): WantedRange | null {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header.trim());
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return null;
  if (first === '') {
    const suffix = Math.min(Number(last), sizeBytes);
    return suffix === 0 ? 'unsatisfiable' : { start: sizeBytes - suffix, end: sizeBytes };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return null;
  if (start >= sizeBytes) return 'unsatisfiable';
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}
