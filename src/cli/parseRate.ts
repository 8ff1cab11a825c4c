import { TributaryError } from '../contract/errors.ts';

const FACTOR: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/**
 * Bytes per second from `500k`, `20M`, `1.5M`, `1G` or a plain number, decimal as speeds are shown; 0 is no limit.
 * @throws TributaryError `bad-option`
 */
export function parseRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([kmg]?)(?:b?(?:\/s)?)$/i.exec(text.trim());
  const bytesPerSecond = Math.round(Number(match?.[1]) * (FACTOR[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN));
  if (!Number.isSafeInteger(bytesPerSecond) || (bytesPerSecond === 0 && Number(match?.[1]) > 0)) {
    throw new TributaryError('bad-option', {
      what: `"${text}" is not a speed; write bytes per second as 500k, 20M or 1.5M.`,
    });
  }
  return bytesPerSecond;
}
