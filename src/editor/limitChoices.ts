import { formatRate } from '../kit/format.ts';
import { parseRate } from '../kit/parseRate.ts';
import type { Translate } from './translate.ts';

const PRESETS = [0, 500e3, 1e6, 2e6, 5e6, 10e6, 20e6, 50e6] as const;

/** One speed to choose. */
export interface LimitChoice {
  /** 0: no limit. */
  readonly bytesPerSecond: number;
  readonly label: string;
  /** It is the one that holds now. */
  readonly current: boolean;
  /** It is what was typed. */
  readonly typed: boolean;
}

/**
 * What to offer for a limit.
 * @param typed what the user has typed so far; a speed in it, such as `1.5M`, comes first
 * @param current the limit that holds now; null: several downloads have different ones
 */
export function limitChoices(typed: string, current: number | null, t: Translate): LimitChoice[] {
  const own = parseRate(typed);
  const speeds = new Set<number>([...(own === null ? [] : [own]), ...PRESETS, ...(current === null ? [] : [current])]);
  const listed = [...speeds].filter((speed) => speed !== own).sort((a, b) => a - b);
  return (own === null ? listed : [own, ...listed]).map((bytesPerSecond) => ({
    bytesPerSecond,
    label: bytesPerSecond === 0 ? t('No limit') : formatRate(bytesPerSecond),
    current: bytesPerSecond === current,
    typed: bytesPerSecond === own,
  }));
}
