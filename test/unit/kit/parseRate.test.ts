import assert from 'node:assert/strict';
import { parseRate } from '../../../src/kit/parseRate.ts';

describe('parseRate', () => {
  const cases: readonly (readonly [string, number | null])[] = [
    ['0', 0],
    ['1', 1],
    ['1000', 1000],
    ['500k', 500_000],
    ['500K', 500_000],
    ['20M', 20_000_000],
    ['1.5M', 1_500_000],
    ['.5M', 500_000],
    ['2G', 2_000_000_000],
    ['20MB/s', 20_000_000],
    ['20M/s', 20_000_000],
    [' 20 M ', 20_000_000],
    ['0.3333k', 333],
    ['', null],
    ['fast', null],
    ['-1', null],
    ['20X', null],
    ['1e6', null],
    ['1.', null],
    ['1.2.3M', null],
    ['20Mbit', null],
    ['0.0001', null],
    ['Infinity', null],
    ['99999999999999G', null],
  ];
  for (const [text, expected] of cases) {
    it(`reads "${text}" as ${expected}`, () => assert.equal(parseRate(text), expected));
  }
});
