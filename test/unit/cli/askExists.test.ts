import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { askExists, readExistsAnswer } from '../../../src/cli/askExists.ts';

describe('readExistsAnswer', () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['', 'rename'],
    ['r', 'rename'],
    ['Rename', 'rename'],
    [' s ', 'skip'],
    ['o', 'replace'],
    ['OVERWRITE', 'replace'],
    ['x', null],
    ['?', null],
  ];
  for (const [answer, expected] of cases) {
    it(`takes "${answer}" as ${expected}`, () => assert.equal(readExistsAnswer(answer), expected));
  }
});

describe('askExists', () => {
  it('asks again until it understands', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    input.write('what?\n');
    const answer = askExists('/data/a\x1b.iso', input, output);
    input.write('s\n');
    assert.equal(await answer, 'skip');
    output.end();
    const shown = await text(output);
    assert.equal(shown.split('exists already').length, 3);
    assert.ok(!shown.includes('\x1b'));
  });

  it('gives up when the input ends', async () => {
    const input = new PassThrough();
    input.end();
    assert.equal(await askExists('/data/a.iso', input, new PassThrough()), null);
  });
});
