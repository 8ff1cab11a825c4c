import assert from 'node:assert/strict';
import { fitLeft, fitRight, shortenMiddle, widthOf, withoutControls } from '../../../src/cli/textWidth.ts';

describe('shortenMiddle', () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ['short.bin', 20, 'short.bin'],
    ['short.bin', 9, 'short.bin'],
    ['a-very-long-name-07.tar.gz', 15, 'a-very-….tar.gz'],
    ['日本語のファイル名.zip', 12, '日本語….zip'],
    ['日本語', 1, '…'],
    ['abc', 0, ''],
    ['👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 5, '👩‍👩‍👧‍👦…👩‍👩‍👧‍👦'],
    ['e\u0301'.repeat(10), 5, `${'e\u0301'.repeat(2)}…${'e\u0301'.repeat(2)}`],
  ];
  for (const [text, columns, expected] of cases) {
    it(`${JSON.stringify(text)} in ${columns} columns`, () => {
      assert.equal(shortenMiddle(text, columns), expected);
      assert.ok(widthOf(expected) <= columns);
    });
  }
});

describe('fitLeft and fitRight', () => {
  it('fill up by columns, not by characters', () => {
    assert.equal(fitLeft('日本', 6), '日本  ');
    assert.equal(fitRight('日本', 6), '  日本');
    assert.equal(widthOf(fitLeft('日本語のファイル名.zip', 11)), 11, 'a half that does not fit is filled up');
  });
});

describe('withoutControls', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['plain ü 日本', 'plain ü 日本'],
    ['a\x1b[2Jb', 'a\uFFFD[2Jb'],
    ['a\nb\rc\td', 'a\uFFFDb\uFFFDc\uFFFDd'],
    ['txt.\u202Eexe', 'txt.\uFFFDexe'],
    ['\u009b31m', '\uFFFD31m'],
  ];
  for (const [text, expected] of cases) {
    it(`makes ${JSON.stringify(text)} harmless`, () => assert.equal(withoutControls(text), expected));
  }
});
