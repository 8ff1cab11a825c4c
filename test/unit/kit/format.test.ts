import assert from 'node:assert/strict';
import { formatBytes, formatDuration, formatRate, percentOf } from '../../../src/kit/format.ts';

describe('formatBytes', () => {
  const cases: [bytes: number, text: string][] = [
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1049, '1.0 kB'],
    [1050, '1.1 kB'],
    [12_345, '12.3 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [200_000_000, '200 MB'],
    [999_500_000, '1.0 GB'],
    [35_000_000_000, '35.0 GB'],
    [1e15, '1.0 PB'],
    [5e18, '5000 PB'],
    // A speed need not be a whole number.
    [999.7, '1.0 kB'],
  ];
  for (const [bytes, text] of cases) it(`${bytes} is ${text}`, () => assert.equal(formatBytes(bytes), text));
});

describe('formatRate', () => {
  it('is never below zero', () => {
    assert.equal(formatRate(1_500_000), '1.5 MB/s');
    assert.equal(formatRate(-5), '0 B/s');
    assert.equal(formatRate(0.4), '0 B/s');
  });
});

describe('formatDuration', () => {
  const cases: [seconds: number, text: string][] = [
    [-1, '0 s'],
    [0, '0 s'],
    [0.1, '1 s'],
    [59, '59 s'],
    [59.1, '1 min'],
    [60, '1 min'],
    [89, '1 min'],
    [90, '2 min'],
    [3569, '59 min'],
    [3570, '1 h 00 min'],
    [3900, '1 h 05 min'],
    [86_369, '23 h 59 min'],
    [86_370, '1 d 0 h'],
    [187_200, '2 d 4 h'],
  ];
  for (const [seconds, text] of cases) it(`${seconds} is ${text}`, () => assert.equal(formatDuration(seconds), text));
});

describe('percentOf', () => {
  const cases: [received: number, size: number | null, percent: number | null][] = [
    [5, null, null],
    [0, 0, 100],
    [0, 1000, 0],
    [9, 1000, 0],
    [10, 1000, 1],
    [999, 1000, 99],
    [1000, 1000, 100],
    [1001, 1000, 100],
  ];
  for (const [received, size, percent] of cases) {
    it(`${received} of ${size} is ${percent}`, () => assert.equal(percentOf(received, size), percent));
  }
});
