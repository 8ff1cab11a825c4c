/**
 * One valid Content-Length, or null when there is none (RFC 9110 §8.6).
 * @returns 'invalid' when it is malformed or given twice: a message that could be read in two ways is not read at all.
 */
export function parseContentLength(header: string | readonly string[] | undefined): number | null | 'invalid' {
  if (header === undefined) return null;
  if (typeof header !== 'string') return 'invalid';
  const length = /^\d{1,16}$/.test(header.trim()) ? Number(header) : Number.NaN;
  return Number.isSafeInteger(length) ? length : 'invalid';
}
