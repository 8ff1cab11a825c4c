import assert from 'node:assert/strict';
import { parseRangeHeader } from '../../../../../src/engine/protocols/http/rangeHeader.ts';

describe('parseRangeHeader', () => {
  const cases: [header: string, expected: readonly [number, number] | 'unsatisfiable' | null][] = [
    ['bytes=0-0', [0, 1]],
    ['bytes=0-', [0, 100]],
    ['Bytes=10-19', [10, 20]],
    ['bytes= 10-19 ', [10, 20]],
    ['bytes=90-1000', [90, 100]],
    ['bytes=-1', [99, 100]],
    ['bytes=-1000', [0, 100]],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=100-200', 'unsatisfiable'],
    ['bytes=0-99999999999999999999', [0, 100]],
    ['bytes=-99999999999999999999', [0, 100]],
    ['bytes=99999999999999999999-', 'unsatisfiable'],
    ['bytes=99999999999999999998-99999999999999999999', 'unsatisfiable'],
    ['bytes=-', null],
    ['bytes=5-4', null],
    ['bytes=a-b', null],
    ['bytes=0-1,3-4', null],
    ['items=0-1', null],
    ['', null],
  ];
  for (const [header, expected] of cases)
    it(`${header} of 100 bytes`, () => {
      const parsed = parseRangeHeader(header, 100);
      assert.deepEqual(typeof parsed === 'object' && parsed !== null ? [parsed.start, parsed.end] : parsed, expected);
    });

  it('nothing of an empty file can be had', () => {
    assert.equal(parseRangeHeader('bytes=0-', 0), 'unsatisfiable');
    assert.equal(parseRangeHeader('bytes=-5', 0), 'unsatisfiable');
  });
});
