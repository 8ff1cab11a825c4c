import assert from 'node:assert/strict';
import { parseRate } from '../../../src/kit/parseRate.ts';

describe('parseRate', () => {
  const cases: readonly [string, number | null][] = [
    ['', 0],
    ['0', 0],
    ['500', 500],
    ['500k', 500_000],
    ['20M', 20_000_000],
    [' 1.5 m ', 1_500_000],
    ['1G', 1e9],
    ['fast', null],
    ['-1', null],
    ['20MB', null],
    ['1.', null],
  ];
  for (const [text, expected] of cases) {
    it(`reads "${text}" as ${expected}`, () => assert.equal(parseRate(text), expected));
  }
});
