/** `Content-Range` of a 206 or 416 (RFC 9110 §14.4), half-open. */
export type ContentRange =
  | { readonly kind: 'range'; readonly start: number; readonly end: number; readonly total: number | null }
  | { readonly kind: 'unsatisfied'; readonly total: number };

/** Null when the header is not of the form above: unit other than bytes, end before start, end beyond total, over 2^53. */
export function parseContentRange(header: string): ContentRange | null {
  const match = /^bytes\s+(?:(\d{1,16})-(\d{1,16})|\*)\/(\d{1,16}|\*)$/i.exec(header.trim());
  if (match === null) return null;
  const [, first, last, size] = match;
  const total = size === '*' ? null : Number(size);
  if (total !== null && !Number.isSafeInteger(total)) return null;
  if (first === undefined || last === undefined) return total === null ? null : { kind: 'unsatisfied', total };
  const start = Number(first);
  const end = Number(last) + 1;
  if (!Number.isSafeInteger(end) || end <= start || (total !== null && end > total)) return null;
  return { kind: 'range', start, end, total };
}

/** Half-open to HTTP's inclusive form; an unknown end asks for everything from `start`. */
export function formatRange(start: number, end: number): string {
  return Number.isFinite(end) ? `bytes=${start}-${end - 1}` : `bytes=${start}-`;
}
