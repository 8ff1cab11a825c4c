/** Milliseconds since the epoch; null: it is there not at all, or no date of HTTP (RFC 9110 §5.6.7). */
export function parseHttpDate(text: string | null | undefined): number | null {
  // Every form of an HTTP date names its month; Date.parse would read other things, too.
  const date = /[a-z]{3}/i.test(text ?? '') ? Date.parse(text ?? '') : Number.NaN;
  return Number.isNaN(date) ? null : date;
}
