import assert from 'node:assert/strict';
import { formatRange, parseContentRange } from '../../../../../src/engine/protocols/http/contentRange.ts';

const MAX = Number.MAX_SAFE_INTEGER;

describe('parseContentRange', () => {
  const ranges: [header: string, start: number, end: number, total: number | null][] = [
    ['bytes 0-0/1', 0, 1, 1],
    ['bytes 0-99/100', 0, 100, 100],
    ['bytes 0-98/100', 0, 99, 100],
    ['bytes 99-99/100', 99, 100, 100],
    ['bytes 5-9/*', 5, 10, null],
    ['Bytes  5-9/10', 5, 10, 10],
    ['  bytes 5-9/10\t', 5, 10, 10],
    ['bytes 007-0009/0010', 7, 10, 10],
    [`bytes 0-${MAX - 1}/${MAX}`, 0, MAX, MAX],
  ];
  for (const [header, start, end, total] of ranges) {
    it(`reads ${JSON.stringify(header)}`, () => {
      assert.deepEqual(parseContentRange(header), { kind: 'range', start, end, total });
    });
  }

  it('reads what a 416 says', () => {
    assert.deepEqual(parseContentRange('bytes */0'), { kind: 'unsatisfied', total: 0 });
    assert.deepEqual(parseContentRange(`bytes */${MAX}`), { kind: 'unsatisfied', total: MAX });
  });

  const refused = [
    ...['', 'bytes', 'bytes 0-9', 'bytes 0-9/', 'bytes /10', 'bytes -9/10', 'bytes 0-/10', 'bytes */*', 'bytes=0-9/10'],
    ...['0-9/10', 'items 0-9/10', 'bytes 9-8/10', 'bytes 0-10/10', 'bytes 0-0/0', 'bytes 10-10/10', 'bytes 0 - 9/10'],
    ...[
      'bytes 0-9/10, bytes 20-29/30',
      'bytes 0x0-9/10',
      'bytes 0-9.0/10',
      'bytes +0-9/10',
      'bytes 0-9/1e1',
      'bytes 0-٩/10',
    ],
    ...[`bytes 0-${MAX}/*`, `bytes 0-9/${2 ** 53}`, `bytes */${2 ** 53}`, `bytes 0-9/${'9'.repeat(17)}`, 'bytes0-9/10'],
  ];
  for (const header of refused) {
    it(`refuses ${JSON.stringify(header)}`, () => assert.equal(parseContentRange(header), null));
  }
});

describe('formatRange', () => {
  it("writes HTTP's inclusive form", () => {
    assert.equal(formatRange(0, 1), 'bytes=0-0');
    assert.equal(formatRange(100, 200), 'bytes=100-199');
    assert.equal(formatRange(0, Number.POSITIVE_INFINITY), 'bytes=0-');
    assert.equal(formatRange(MAX - 1, MAX), `bytes=${MAX - 1}-${MAX - 1}`);
  });
});
