import * as v from 'valibot';
import {
  DEFAULT_NETWORK,
  DEFAULT_SETTINGS,
  EngineSettings,
  type LogLevel,
  type NetworkSettings,
} from '../contract/settings.ts';
import { parseRate } from '../kit/parseRate.ts';
import { SETTINGS } from './contributions.ts';
import { hostLimits, limitSchedule } from './limitSettings.ts';
import { ipfsSettings } from './seeds/ipfsSettings.ts';
import { type ReadSetting, sensibleSettings } from './sensibleSettings.ts';
import type { TellProblem } from './settingProblems.ts';

/** In an editor; the command line's own is lower. */
const CONNECTIONS_PER_HOST = 32;

/**
 * `tributary.*` as the engine wants it. What makes no sense counts as not set.
 * @param tell once for each such setting
 */
export function engineSettings(read: ReadSetting, logLevel: LogLevel, tell: TellProblem = () => {}): EngineSettings {
  const sensible = sensibleSettings(read, tell);
  const count = (key: string, most: number, preset: number) =>
    sensible(key, 'a whole number', preset, (value) => wholeNumber(value, most));
  const preset = DEFAULT_SETTINGS;
  return {
    ...preset,
    parallelTasks: count(SETTINGS.parallelDownloads, 64, preset.parallelTasks),
    lanesPerTask: count(SETTINGS.connectionsPerDownload, 64, preset.lanesPerTask),
    limitBytesPerSecond: sensible(SETTINGS.speedLimit, 'a speed such as 20M', preset.limitBytesPerSecond, speed),
    hostLimits: hostLimits(read(SETTINGS.limitsPerHost) ?? {}, tell),
    limitSchedule: limitSchedule(read(SETTINGS.limitSchedule) ?? [], tell),
    connectionsPerHost: count(SETTINGS.connectionsPerHost, 256, CONNECTIONS_PER_HOST),
    findChecksums: sensible(SETTINGS.findChecksums, 'true or false', preset.findChecksums, trueOrFalse),
    userAgent: sensible(SETTINGS.userAgent, 'a text of a header', preset.userAgent, headerText),
    logLevel,
    ipfs: ipfsSettings(read, tell),
  };
}

/** VS Code's `http.*` as the engine wants it: a child process inherits none of the editor's own proxy handling. */
export function networkSettings(read: ReadSetting): NetworkSettings {
  const support = read('http.proxySupport');
  const noProxy = read('http.noProxy');
  return {
    ...DEFAULT_NETWORK,
    proxySupport:
      support === 'off' || support === 'on' || support === 'fallback' ? support : DEFAULT_NETWORK.proxySupport,
    proxy: text(read('http.proxy')),
    noProxy: Array.isArray(noProxy) ? noProxy.filter((host) => typeof host === 'string') : [],
    proxyStrictSSL: read('http.proxyStrictSSL') !== false,
    proxyAuthorization: text(read('http.proxyAuthorization')) || null,
  };
}

/** Empty: no limit. */
function speed(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  return value.trim() === '' ? 0 : parseRate(value);
}

function trueOrFalse(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** What the engine would refuse, it would refuse with all other settings. */
function headerText(value: unknown): string | null {
  return v.is(EngineSettings.entries.userAgent, value) ? value.trim() : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function wholeNumber(value: unknown, most: number): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  return Math.min(most, Math.max(1, Math.trunc(value)));
}
