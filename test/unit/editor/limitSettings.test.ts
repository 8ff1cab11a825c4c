import assert from 'node:assert/strict';
import * as v from 'valibot';
import { type LimitPeriod, LimitPeriod as LimitPeriodSchema } from '../../../src/contract/settings.ts';
import { hostLimits, limitSchedule } from '../../../src/editor/limitSettings.ts';

function withProblems<T>(read: (tell: (problem: string) => void) => T): { value: T; problems: string[] } {
  const problems: string[] = [];
  return { value: read((problem) => problems.push(problem)), problems };
}

describe('hostLimits', () => {
  const accepted: readonly [string, string, Record<string, number>][] = [
    ['example.org', '5M', { 'example.org': 5_000_000 }],
    ['Example.ORG', '500k', { 'example.org': 500_000 }],
    ['example.org:8080', '1.5M', { 'example.org:8080': 1_500_000 }],
    ['example.org:443', '1M', { 'example.org': 1_000_000 }],
    ['example.org:80', '1M', { 'example.org': 1_000_000 }],
    ['https://example.org/some/file', '1M', { 'example.org': 1_000_000 }],
    ['[::1]:8080', '1M', { '[::1]:8080': 1_000_000 }],
    ['bücher.example', '1M', { 'xn--bcher-kva.example': 1_000_000 }],
    ['example.org', '0', {}],
  ];
  for (const [host, rate, expected] of accepted) {
    it(`takes ${host}: ${rate}`, () => {
      assert.deepEqual(
        withProblems((tell) => hostLimits({ [host]: rate }, tell)),
        { value: expected, problems: [] },
      );
    });
  }

  const nonsense: readonly [string, unknown, RegExp][] = [
    ['a list', ['example.org'], /\["example\.org"\] is not an object/],
    ['a path', { 'example.org/x': '1M' }, /"example\.org\/x" is not a host/],
    ['nothing as a host', { '': '1M' }, /"" is not a host/],
    ['a user name', { 'me@example.org': '1M' }, /is not a host/],
    ['a number', { 'example.org': 5 }, /5 is not a speed \(example\.org\)/],
    ['a word', { 'example.org': 'fast' }, /"fast" is not a speed/],
  ];
  for (const [what, value, problem] of nonsense) {
    it(`leaves out ${what}, and tells`, () => {
      const read = withProblems((tell) => hostLimits(value, tell));
      assert.deepEqual(read.value, {});
      assert.equal(read.problems.length, 1);
      assert.match(read.problems[0] ?? '', problem);
    });
  }
});

describe('limitSchedule', () => {
  const office = { from: '08:00', to: '18:00', limit: '2M' };
  const accepted: readonly [string, object, LimitPeriod][] = [
    ['every day', office, { days: [], fromMinute: 480, toMinute: 1080, bytesPerSecond: 2_000_000 }],
    [
      'some days, each once',
      { ...office, days: ['sun', 'mon', 'sat', 'mon'] },
      { days: [0, 1, 6], fromMinute: 480, toMinute: 1080, bytesPerSecond: 2_000_000 },
    ],
    [
      'over midnight, without a limit',
      { from: '22:30', to: '6:00', limit: '0' },
      { days: [], fromMinute: 1350, toMinute: 360, bytesPerSecond: 0 },
    ],
    [
      'up to 24:00',
      { from: '00:00', to: '24:00', limit: '1k' },
      { days: [], fromMinute: 0, toMinute: 1440, bytesPerSecond: 1000 },
    ],
  ];
  for (const [what, entry, expected] of accepted) {
    it(`takes ${what}`, () => {
      assert.deepEqual(
        withProblems((tell) => limitSchedule([entry], tell)),
        { value: [expected], problems: [] },
      );
      assert.ok(v.is(LimitPeriodSchema, expected), 'the engine takes it');
    });
  }

  const nonsense: readonly [string, unknown, RegExp][] = [
    ['a word', 'office', /\[1\]: "office" is not an object/],
    ['a day that is none', { ...office, days: ['monday'] }, /\["monday"\] is not a list of days/],
    ['days that are no list', { ...office, days: 'mon' }, /"mon" is not a list of days/],
    ['no beginning', { to: '18:00', limit: '2M' }, /nothing is not a time such as 08:00/],
    ['24:00 as the beginning', { ...office, from: '24:00' }, /"24:00" is not a time/],
    ['an end after midnight as a number over 24', { ...office, to: '25:00' }, /"25:00" is not a time/],
    ['an hour alone', { ...office, to: '18' }, /"18" is not a time/],
    ['a number as the limit', { ...office, limit: 2 }, /2 is not a speed/],
  ];
  for (const [what, entry, problem] of nonsense) {
    it(`leaves out ${what}, keeps the others, and tells`, () => {
      const { value, problems } = withProblems((tell) => limitSchedule([office, entry, office], tell));
      assert.equal(value.length, 2);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', problem);
    });
  }

  it('takes what is no list for none', () => {
    assert.match(withProblems((tell) => limitSchedule({}, tell)).problems.join(), /\{\} is not a list/);
  });

  it('takes no more entries than the engine', () => {
    const { value, problems } = withProblems((tell) => limitSchedule(Array(65).fill(office), tell));
    assert.deepEqual([value.length, problems.length], [64, 1]);
  });
});
