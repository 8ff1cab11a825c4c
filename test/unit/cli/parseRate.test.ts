import assert from 'node:assert/strict';
import { parseRate } from '../../../src/cli/parseRate.ts';

describe('parseRate', () => {
  const cases: readonly (readonly [string, number])[] = [
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
  ];
  for (const [text, bytesPerSecond] of cases) {
    it(`reads "${text}" as ${bytesPerSecond} bytes per second`, () => assert.equal(parseRate(text), bytesPerSecond));
  }

  for (const text of ['', 'fast', '-1', '20X', '1e6', '1.2.3M', '20Mbit', '0.0001', 'Infinity', '99999999999999G']) {
    it(`refuses "${text}"`, () => assert.throws(() => parseRate(text), { code: 'bad-option' }));
  }
});
