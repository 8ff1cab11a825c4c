import assert from 'node:assert/strict';
import type { LimitPeriod } from '../../../../src/contract/settings.ts';
import { currentPeriod } from '../../../../src/engine/transfer/limitSchedule.ts';
import { forSeeds } from '../seededRandom.ts';

const SUNDAY = 0;
const MONDAY = 1;
const FRIDAY = 5;
const SATURDAY = 6;

function period(days: number[], from: string, to: string, bytesPerSecond = 1): LimitPeriod {
  return { days, fromMinute: minutes(from), toMinute: minutes(to), bytesPerSecond };
}

function minutes(time: string): number {
  const [hours = 0, rest = 0] = time.split(':').map(Number);
  return hours * 60 + rest;
}

/** In local time; 4 January 2026 was a Sunday. */
function at(day: number, time: string): Date {
  const [hours = 0, rest = 0] = time.split(':').map(Number);
  return new Date(2026, 0, 4 + day, hours, rest);
}

describe('currentPeriod', () => {
  const cases: [what: string, given: LimitPeriod, day: number, time: string, holds: boolean][] = [
    ['from its first minute', period([], '09:00', '17:00'), MONDAY, '09:00', true],
    ['not before', period([], '09:00', '17:00'), MONDAY, '08:59', false],
    ['to its last minute', period([], '09:00', '17:00'), MONDAY, '16:59', true],
    ['not after', period([], '09:00', '17:00'), MONDAY, '17:00', false],
    ['on its days', period([MONDAY, FRIDAY], '09:00', '17:00'), FRIDAY, '12:00', true],
    ['not on others', period([MONDAY, FRIDAY], '09:00', '17:00'), SATURDAY, '12:00', false],
    ['to midnight, written as 24:00', period([], '18:00', '24:00'), MONDAY, '23:59', true],
    ['not beyond 24:00', period([FRIDAY], '18:00', '24:00'), SATURDAY, '00:00', false],
    ['all day', period([], '00:00', '24:00'), MONDAY, '00:00', true],
    ['all of one day only', period([MONDAY], '00:00', '24:00'), SUNDAY, '23:59', false],
    ['over midnight, in the evening', period([FRIDAY], '22:00', '06:00'), FRIDAY, '22:00', true],
    ['over midnight, in the morning after', period([FRIDAY], '22:00', '06:00'), SATURDAY, '05:59', true],
    ['over midnight, not in the morning before', period([FRIDAY], '22:00', '06:00'), FRIDAY, '05:59', false],
    ['over midnight, not later than it ends', period([FRIDAY], '22:00', '06:00'), SATURDAY, '06:00', false],
    ['over midnight, not on the evening after', period([FRIDAY], '22:00', '06:00'), SATURDAY, '22:00', false],
    ['over midnight, from Saturday into Sunday', period([SATURDAY], '22:00', '06:00'), SUNDAY, '03:00', true],
    ['to midnight, written as 0:00', period([FRIDAY], '22:00', '00:00'), FRIDAY, '23:59', true],
    ['not beyond 0:00', period([FRIDAY], '22:00', '00:00'), SATURDAY, '00:00', false],
    ['around the clock when it ends where it begins', period([FRIDAY], '09:00', '09:00'), SATURDAY, '08:59', true],
    ['around the clock, and no longer', period([FRIDAY], '09:00', '09:00'), SATURDAY, '09:00', false],
    ['around the clock from midnight', period([FRIDAY], '00:00', '00:00'), FRIDAY, '12:00', true],
    ['around the clock from midnight, and no longer', period([FRIDAY], '00:00', '00:00'), SATURDAY, '00:00', false],
  ];
  for (const [what, given, day, time, holds] of cases) {
    it(`holds ${what}`, () => assert.equal(currentPeriod([given], at(day, time)), holds ? given : null));
  }

  it('takes the first of several that hold', () => {
    const night = period([], '22:00', '06:00', 1);
    const always = period([], '00:00', '24:00', 2);
    assert.equal(currentPeriod([night, always], at(MONDAY, '23:00')), night);
    assert.equal(currentPeriod([night, always], at(MONDAY, '12:00')), always);
    assert.equal(currentPeriod([], at(MONDAY, '12:00')), null);
  });

  it('holds as many minutes of a week as it is long, on each of its days', async () => {
    await forSeeds(30, (random) => {
      const fromMinute = random.between(0, 1439);
      const toMinute = random.between(0, 1440);
      const days = [0, 1, 2, 3, 4, 5, 6].filter(() => random.chance(0.5));
      const given: LimitPeriod = { days, fromMinute, toMinute, bytesPerSecond: 1 };
      let held = 0;
      for (let minute = 0; minute < 7 * 1440; minute += 1) {
        const date = new Date(2026, 0, 4 + Math.floor(minute / 1440), 0, minute % 1440);
        if (currentPeriod([given], date) !== null) held++;
      }
      const length = toMinute > fromMinute ? toMinute - fromMinute : toMinute + 1440 - fromMinute;
      assert.equal(held, length * (days.length || 7), `${fromMinute} to ${toMinute} on ${days.join()}`);
    });
  });
});
