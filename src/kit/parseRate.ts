const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/**
 * Bytes per second of `500k`, `20M`, `1.5M` or `1G` (decimal, either case), `0` or empty text being no limit.
 * Null when the text is none of these.
 */
export function parseRate(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)$/i.exec(text.trim());
  if (text.trim() === '') return 0;
  const factor = FACTORS[(match?.[2] ?? '?').toLowerCase()];
  if (!match || factor === undefined) return null;
  return Math.round(Number(match[1]) * factor);
}
