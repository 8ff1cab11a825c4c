import {
  DEFAULT_NETWORK,
  DEFAULT_SETTINGS,
  type EngineSettings,
  type LogLevel,
  type NetworkSettings,
} from '../contract/settings.ts';
import { parseRate } from '../kit/parseRate.ts';
import { SETTINGS } from './contributions.ts';

/** Reads one setting by its full name. A hand-edited settings file may hold anything, hence `unknown`. */
export type ReadSetting = (key: string) => unknown;

/** `tributary.*` as the engine wants it. What makes no sense counts as not set. */
export function engineSettings(read: ReadSetting, logLevel: LogLevel): EngineSettings {
  const limit = read(SETTINGS.speedLimit);
  return {
    parallelTasks: wholeNumber(read(SETTINGS.parallelDownloads), 64) ?? DEFAULT_SETTINGS.parallelTasks,
    lanesPerTask: wholeNumber(read(SETTINGS.connectionsPerDownload), 64) ?? DEFAULT_SETTINGS.lanesPerTask,
    limitBytesPerSecond: (typeof limit === 'string' ? parseRate(limit) : null) ?? DEFAULT_SETTINGS.limitBytesPerSecond,
    userAgent: text(read(SETTINGS.userAgent)).slice(0, 1024),
    logLevel,
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

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function wholeNumber(value: unknown, most: number): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  return Math.min(most, Math.max(1, Math.trunc(value)));
}
