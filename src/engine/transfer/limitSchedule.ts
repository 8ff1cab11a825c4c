import type { LimitPeriod } from '../../contract/settings.ts';

const MINUTES_PER_DAY = 24 * 60;

/** The first period that holds at that moment, by the local clock; null: none does. */
export function currentPeriod(periods: readonly LimitPeriod[], date: Date): LimitPeriod | null {
  const minute = date.getHours() * 60 + date.getMinutes();
  return periods.find((period) => holds(period, date.getDay(), minute)) ?? null;
}

/** A period that ends before it begins goes on after midnight, and then belongs to the day before. */
function holds({ days, fromMinute, toMinute }: LimitPeriod, day: number, minute: number): boolean {
  const on = (weekday: number): boolean => days.length === 0 || days.includes(weekday);
  if (fromMinute < toMinute) return on(day) && minute >= fromMinute && minute < toMinute;
  const sinceYesterday = minute < toMinute % MINUTES_PER_DAY || toMinute === MINUTES_PER_DAY;
  return (on(day) && minute >= fromMinute) || (on((day + 6) % 7) && sinceYesterday);
}
