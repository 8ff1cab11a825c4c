import assert from 'node:assert/strict';
import { parseHeaders } from '../../../src/cli/parseHeaders.ts';
import { TributaryError } from '../../../src/contract/errors.ts';

describe('parseHeaders', () => {
  const cases: readonly (readonly [string, readonly string[], Record<string, string>])[] = [
    ['none', [], {}],
    ['one', ['Accept: image/png'], { accept: 'image/png' }],
    ['without a space', ['X-Key:abc'], { 'x-key': 'abc' }],
    ['a value with colons', ['Referer: https://h:1/x'], { referer: 'https://h:1/x' }],
    ['an empty value', ['X-Empty:'], { 'x-empty': '' }],
    ['a name given twice', ['X-A: 1', 'x-a: 2'], { 'x-a': '1, 2' }],
    ['two cookies', ['Cookie: a=1', 'Cookie: b=2'], { cookie: 'a=1; b=2' }],
  ];
  for (const [what, lines, headers] of cases) {
    it(`reads ${what}`, () => assert.deepEqual(parseHeaders(lines), headers));
  }

  for (const line of ['', 'no colon', ': value', 'Bad Name: x', 'X: a\r\nY: b', 'Range: bytes=0-1', 'Höhe: 1']) {
    it(`refuses ${JSON.stringify(line)}`, () => assert.throws(() => parseHeaders([line]), { code: 'bad-header' }));
  }

  it('never repeats a value that it refuses', () => {
    for (const line of ['Authorization Bearer s3cret', 'X: s3cret\n', 'Authorization:\u0000s3cret']) {
      assert.throws(
        () => parseHeaders([line]),
        (error) => error instanceof TributaryError && !error.message.includes('s3cret'),
      );
    }
  });
});
