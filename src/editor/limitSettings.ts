/** `tributary.limits.*`: what people write by hand, read into what the engine takes. Pure; nonsense is left out and told. */
import type { LimitPeriod } from '../contract/settings.ts';
import { parseRate } from '../kit/parseRate.ts';
import { SETTINGS } from './contributions.ts';
import { quoted, type TellProblem } from './settingProblems.ts';

/** In the order of `Date.getDay`. */
const DAYS: readonly unknown[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** As many as the engine takes. */
const MOST_PERIODS = 64;
const MINUTES_PER_DAY = 24 * 60;

/** Host, as it stands in a URL, to bytes per second. An entry without a limit is left out. */
export function hostLimits(value: unknown, tell: TellProblem): Record<string, number> {
  const limits: Record<string, number> = {};
  if (!isObject(value)) {
    tell(`${SETTINGS.limitsPerHost}: ${quoted(value)} is not an object of hosts and speeds.`);
    return limits;
  }
  for (const [name, rate] of Object.entries(value)) {
    const host = hostOf(name);
    const bytesPerSecond = rateOf(rate);
    if (host === null) tell(`${SETTINGS.limitsPerHost}: ${quoted(name)} is not a host.`);
    else if (bytesPerSecond === null) tell(`${SETTINGS.limitsPerHost}: ${quoted(rate)} is not a speed (${host}).`);
    else if (bytesPerSecond > 0) limits[host] = bytesPerSecond;
  }
  return limits;
}

/** Periods in the order of the setting. */
export function limitSchedule(value: unknown, tell: TellProblem): LimitPeriod[] {
  if (!Array.isArray(value)) {
    tell(`${SETTINGS.limitSchedule}: ${quoted(value)} is not a list.`);
    return [];
  }
  const periods = value.flatMap((entry: unknown, index) => {
    const period = limitPeriod(entry);
    if (typeof period !== 'string') return [period];
    tell(`${SETTINGS.limitSchedule}[${index}]: ${period}; the entry is left out.`);
    return [];
  });
  if (periods.length > MOST_PERIODS) tell(`${SETTINGS.limitSchedule}: only the first ${MOST_PERIODS} entries count.`);
  return periods.slice(0, MOST_PERIODS);
}

/** A text says what is wrong with it. */
function limitPeriod(entry: unknown): LimitPeriod | string {
  if (!isObject(entry)) return `${quoted(entry)} is not an object`;
  const days = daysOf(entry.days);
  if (days === null) return `${quoted(entry.days)} is not a list of days such as ["mon", "tue"]`;
  const fromMinute = minuteOf(entry.from);
  if (fromMinute === null || fromMinute === MINUTES_PER_DAY) return `${quoted(entry.from)} is not a time such as 08:00`;
  const toMinute = minuteOf(entry.to);
  if (toMinute === null) return `${quoted(entry.to)} is not a time such as 18:00`;
  const bytesPerSecond = rateOf(entry.limit);
  if (bytesPerSecond === null) return `${quoted(entry.limit)} is not a speed such as 2M`;
  return { days, fromMinute, toMinute, bytesPerSecond };
}

/** Every day when there are none. */
function daysOf(value: unknown): number[] | null {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return null;
  const days = value.map((day: unknown) => DAYS.indexOf(day));
  return days.includes(-1) ? null : [...new Set(days)];
}

function minuteOf(value: unknown): number | null {
  const [, hours, minutes] = (typeof value === 'string' && /^(\d{1,2}):([0-5]\d)$/.exec(value.trim())) || [];
  const minute = Number(hours) * 60 + Number(minutes);
  return minute <= MINUTES_PER_DAY ? minute : null;
}

function rateOf(value: unknown): number | null {
  return typeof value === 'string' ? parseRate(value) : null;
}

/** Forgives a whole link in the place of the host, and a port that is the usual one. */
function hostOf(name: string): string | null {
  const link = name.includes('://') ? name : `${name.endsWith(':443') ? 'https' : 'http'}://${name}`;
  if (!/^https?:\/\/[^/]/i.test(link) || !URL.canParse(link)) return null;
  const { host, username, password, pathname } = new URL(link);
  const isHostOnly = name.includes('://') || pathname === '/';
  return isHostOnly && username === '' && password === '' ? host : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
