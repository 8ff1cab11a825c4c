import assert from 'node:assert/strict';
import {
  formatList,
  judgePiece,
  judgeShifted,
  parseList,
  parseSize,
} from '../../../../../src/engine/protocols/seed/classicReply.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('parseList', () => {
  const cases: [reply: string, kind: string, names?: string[]][] = [
    ['', 'good', []],
    ['[1] a\n', 'good', ['a']],
    ['[1] a\n[2] b c\n[3]  d\n', 'good', ['a', 'b c', ' d']],
    ['[1] [2] x|y\n', 'good', ['[2] x|y']],
    ['[1] a\n[2] a\n', 'good', ['a']],
    ['[1] a\r\n[2] b\r\n', 'good', ['a', 'b']],
    ['[1] a', 'malformed'],
    ['[1] \n', 'malformed'],
    ['[x] a\n', 'malformed'],
    ['a\n', 'malformed'],
    ['[1] a\n\n', 'malformed'],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'malformed'],
    ['ERROR: no', 'refused'],
  ];
  for (const [reply, kind, names] of cases) {
    it(`${JSON.stringify(reply)} is ${kind}`, () => {
      const parsed = parseList(bytes(reply));
      assert.equal(parsed.kind, kind);
      if (parsed.kind === 'good') assert.deepEqual(parsed.value, names);
    });
  }

  it('reads what formatList wrote', () => {
    const names = ['žluť', 'a|b', ' c', '[1] d'];
    assert.deepEqual(parseList(Buffer.from(formatList(names))), { kind: 'good', value: names });
  });
});

describe('parseSize', () => {
  const cases: [reply: string, expected: number | 'malformed' | 'refused'][] = [
    ['SIZE:0', 0],
    ['SIZE:1048576', 1_048_576],
    ['SIZE:9007199254740991', Number.MAX_SAFE_INTEGER],
    ['SIZE:9007199254740992', 'malformed'],
    ['SIZE:99999999999999999999', 'malformed'],
    ['SIZE:', 'malformed'],
    ['SIZE: 5', 'malformed'],
    ['SIZE:5\n', 'malformed'],
    ['SIZE:5 bytes', 'malformed'],
    ['SIZE:-1', 'malformed'],
    ['SIZE:1e3', 'malformed'],
    ['size:5', 'malformed'],
    ['5', 'malformed'],
    ['', 'malformed'],
    ['ERROR: file not found', 'refused'],
  ];
  for (const [reply, expected] of cases) {
    it(`${JSON.stringify(reply)} is ${expected}`, () => {
      const parsed = parseSize(bytes(reply));
      assert.equal(parsed.kind === 'good' ? parsed.value : parsed.kind, expected);
    });
  }
});

describe('judgePiece', () => {
  const cases: [reply: string, length: number, kind: string][] = [
    ['x'.repeat(32), 32, 'good'],
    ['x', 1, 'good'],
    ['x'.repeat(31), 32, 'malformed'],
    ['', 32, 'malformed'],
    ['x'.repeat(33), 32, 'malformed'],
    ['ERROR: no', 32, 'refused'],
    [`ERROR: ${'long'.repeat(20)}`, 32, 'refused'],
    [`ERROR:${'x'.repeat(26)}`, 32, 'ambiguous'],
    ['ERROR:', 6, 'ambiguous'],
    ['ERROR:', 7, 'refused'],
    ['ERROR', 5, 'good'],
  ];
  for (const [reply, length, kind] of cases)
    it(`${JSON.stringify(reply)} for ${length} bytes is ${kind}`, () =>
      assert.equal(judgePiece(bytes(reply), length).kind, kind));

  it('hands on what a seed says without what could move a cursor', () => {
    const judged = judgePiece(bytes(`ERROR: \x1b[31mno\r\n\x07${'x'.repeat(500)}`), 32);
    assert.ok(judged.kind === 'refused' && /^\[31mno x+$/.test(judged.reason) && judged.reason.length <= 160);
  });
});

describe('judgeShifted', () => {
  const data = 'ERROR:abcdefghijklmnopqrstuvwxyz+';
  const cases: [reply: string, shifted: string, kind: string][] = [
    [data.slice(0, 32), data.slice(1, 33), 'good'],
    // The last piece.
    ['ERROR:abc', 'RROR:abc', 'good'],
    ['ERROR: the disk is broken', 'ERROR: the disk is broken', 'refused'],
    ['ERROR: at 64', 'ERROR: at 65', 'refused'],
    ['ERROR:ERROR:', 'ERROR:ERROR:', 'refused'],
    ['ERROR:abc', '', 'refused'],
  ];
  for (const [reply, shifted, kind] of cases)
    it(`${JSON.stringify(reply)} then ${JSON.stringify(shifted)} is ${kind}`, () =>
      assert.equal(judgeShifted(bytes(reply), bytes(shifted)).kind, kind));
});
