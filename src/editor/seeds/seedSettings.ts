/** `tributary.seeds.*` as the engine wants it. Pure; what makes no sense counts as not set, and is told. */
import { DEFAULT_SEED_SETTINGS, type SeedSettings } from '../../contract/seedApi.ts';
import { parsePorts } from '../../kit/parsePorts.ts';
import { parseRate } from '../../kit/parseRate.ts';
import { SETTINGS } from '../contributions.ts';
import { type ReadSetting, sensibleSettings } from '../sensibleSettings.ts';
import type { TellProblem } from '../settingProblems.ts';

/** As many as the engine takes. */
const MOST_PORTS = 256;
const MOST_CONNECTIONS = 64;
/** The highest port is that one's. */
const LAST_SEED = 65_535 - 8079;

/** @param key what others have to know off loopback; it is no setting */
export function seedSettings(read: ReadSetting, key: string | null, tell: TellProblem = () => {}): SeedSettings {
  const sensible = sensibleSettings(read, tell);
  const preset = DEFAULT_SEED_SETTINGS;
  return {
    ports: sensible(SETTINGS.seedPorts, 'a list of ports such as 8080-8084, 9000', preset.ports, (value) =>
      typeof value === 'string' ? parsePorts(value, MOST_PORTS) : null,
    ),
    seedNumber: sensible(SETTINGS.seedNumber, `a whole number up to ${LAST_SEED}`, preset.seedNumber, (value) =>
      wholeNumber(value, 0, LAST_SEED),
    ),
    host: sensible(SETTINGS.seedHost, 'an address to listen on', preset.host, (value) =>
      typeof value === 'string' && /^[^\s/]{1,255}$/.test(value.trim()) ? value.trim() : null,
    ),
    key,
    layout: sensible(SETTINGS.seedLayout, '"chosen" or "classic"', preset.layout, (value) =>
      value === 'chosen' || value === 'classic' ? value : null,
    ),
    connectionsPerSeed: sensible(SETTINGS.connectionsPerSeed, 'a whole number', preset.connectionsPerSeed, (value) =>
      wholeNumber(value, 1, MOST_CONNECTIONS),
    ),
    uploadBytesPerSecond: sensible(SETTINGS.uploadLimit, 'a speed such as 20M', preset.uploadBytesPerSecond, (value) =>
      typeof value !== 'string' ? null : value.trim() === '' ? 0 : parseRate(value),
    ),
  };
}

function wholeNumber(value: unknown, least: number, most: number): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : null;
}
