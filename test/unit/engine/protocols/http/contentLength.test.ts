import assert from 'node:assert/strict';
import { parseContentLength } from '../../../../../src/engine/protocols/http/contentLength.ts';

describe('parseContentLength', () => {
  const lengths: [header: string | string[] | undefined, length: number | null | 'invalid'][] = [
    [undefined, null],
    ['0', 0],
    ['1', 1],
    ['0042', 42],
    [' 42 ', 42],
    [String(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER],
    [String(2 ** 53), 'invalid'],
    ['9'.repeat(16), 'invalid'],
    ['0'.repeat(17), 'invalid'],
    ['', 'invalid'],
    [' ', 'invalid'],
    ['-1', 'invalid'],
    ['+1', 'invalid'],
    ['1.0', 'invalid'],
    ['1e3', 'invalid'],
    ['0x10', 'invalid'],
    ['1 2', 'invalid'],
    ['5, 5', 'invalid'],
    ['٤٢', 'invalid'],
    ['Infinity', 'invalid'],
    [['5', '5'], 'invalid'],
    [['5', '6'], 'invalid'],
  ];
  for (const [header, length] of lengths) {
    it(`of ${JSON.stringify(header) ?? 'nothing'} is ${length}`, () =>
      assert.equal(parseContentLength(header), length));
  }
});
