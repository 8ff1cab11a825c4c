const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/**
 * Bytes per second of `500k`, `20M`, `1.5M`, `1G` or a plain number (decimal, either case, `20MB/s` is understood too); `0`
 * is no limit. Null when the text is none of these.
 */
export function parseRate(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([kmg]?)(?:b?(?:\/s)?)$/i.exec(text.trim());
  const bytesPerSecond = Math.round(Number(match?.[1]) * (FACTORS[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN));
  // A limit that rounds to 0 would be none at all.
  const vanished = bytesPerSecond === 0 && Number(match?.[1]) > 0;
  return Number.isSafeInteger(bytesPerSecond) && !vanished ? bytesPerSecond : null;
}
