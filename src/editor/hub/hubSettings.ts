import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { SETTINGS } from '../contributions.ts';
import { type ReadSetting, sensibleSettings } from '../sensibleSettings.ts';
import type { TellProblem } from '../settingProblems.ts';

const DEFAULT_PORT = 8090;
const LONGEST_NAME = 64;

export interface HubSettings {
  readonly port: number;
  /** Absolute; null: the engine's own place. */
  readonly folder: string | null;
  /** What others see; null: the name of the user's account. */
  readonly name: string | null;
  readonly notify: boolean;
}

/**
 * `tributary.hub.*`. What makes no sense counts as not set.
 * @param tell once for each such setting
 */
export function hubSettings(read: ReadSetting, tell: TellProblem = () => {}): HubSettings {
  const sensible = sensibleSettings(read, tell);
  return {
    port: sensible(SETTINGS.hubPort, 'a port', DEFAULT_PORT, (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535 ? value : null,
    ),
    folder: sensible(SETTINGS.hubFolder, 'an absolute path', '', folderOf) || null,
    name: sensible(SETTINGS.hubName, 'a text', '', textOf).slice(0, LONGEST_NAME) || null,
    notify: sensible(SETTINGS.hubNotify, 'true or false', true, (value) => (typeof value === 'boolean' ? value : null)),
  };
}

/** Empty: none. */
function folderOf(value: unknown): string | null {
  const folder = textOf(value);
  if (folder === null || folder === '') return folder;
  if (folder === '~' || /^~[/\\]/.test(folder)) return join(homedir(), folder.slice(1));
  return isAbsolute(folder) ? folder : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.trim() : null;
}
