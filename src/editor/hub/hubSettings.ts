import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { SETTINGS } from '../contributions.ts';
import type { ReadSetting } from '../sensibleSettings.ts';

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

/** `tributary.hub.*`. What makes no sense counts as not set. */
export function hubSettings(read: ReadSetting): HubSettings {
  const port = read(SETTINGS.hubPort);
  const folder = textOf(read(SETTINGS.hubFolder));
  const name = textOf(read(SETTINGS.hubName)).slice(0, LONGEST_NAME);
  const isPort = typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535;
  return {
    port: isPort ? port : DEFAULT_PORT,
    folder: absolute(folder),
    name: name === '' ? null : name,
    notify: read(SETTINGS.hubNotify) !== false,
  };
}

function absolute(folder: string): string | null {
  if (folder === '~' || /^~[/\\]/.test(folder)) return join(homedir(), folder.slice(1));
  return isAbsolute(folder) ? folder : null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}
