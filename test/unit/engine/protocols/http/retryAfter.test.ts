import assert from 'node:assert/strict';
import { parseRetryAfter } from '../../../../../src/engine/protocols/http/retryAfter.ts';

const NOW = Date.parse('Wed, 21 Oct 2015 07:28:00 GMT');
const DAY = 24 * 3600 * 1000;

describe('parseRetryAfter', () => {
  const waits: [header: string | null, waitMs: number | null][] = [
    [null, null],
    ['0', 0],
    ['1', 1000],
    [' 120 ', 120_000],
    ['86399', DAY - 1000],
    ['86400', DAY],
    ['86401', DAY],
    ['999999999', DAY],
    ['Wed, 21 Oct 2015 07:28:01 GMT', 1000],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['Wed, 21 Oct 2015 07:27:59 GMT', 0],
    ['Wed, 21 Oct 1970 07:27:59 GMT', 0],
    ['Thu, 22 Oct 2015 07:28:01 GMT', DAY],
    ['Wednesday, 21-Oct-15 07:28:05 GMT', 5000],
    ['Wed Oct 21 07:28:05 2015 GMT', 5000],
    ['', null],
    ['soon', null],
    ['120 seconds', null],
    ['NaN', null],
    // V8's own parser takes these for dates.
    ['-5', null],
    ['1.5', null],
  ];
  for (const [header, waitMs] of waits) {
    it(`of ${JSON.stringify(header)} is ${waitMs}`, () => assert.equal(parseRetryAfter(header, NOW), waitMs));
  }
});
