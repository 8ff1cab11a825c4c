import assert from 'node:assert/strict';
import { isPlainFileName } from '../../../../../src/engine/protocols/hub/hubFileName.ts';

describe('isPlainFileName', () => {
  const good = [
    'a',
    'a b.txt',
    '.hidden',
    'über größe.tar.gz',
    '日本語.zip',
    '👩‍👩‍👧.png',
    'a:b?.txt',
    '..a',
    'x'.repeat(255),
  ];
  for (const name of good) it(`takes ${name.slice(0, 30)}`, () => assert.equal(isPlainFileName(name), true));
  const bad = [
    '',
    ' ',
    '.',
    '..',
    'a/b',
    '/a',
    'a/',
    'a\\b',
    'a\u0000',
    'a\nb',
    'a\u007f',
    'a\u0085b',
    'a\u202eb',
    '\u200b',
    '\ufeffa',
    '\ud83d',
    'x'.repeat(256),
    '€'.repeat(86),
  ];
  for (const name of bad)
    it(`refuses ${JSON.stringify(name).slice(0, 30)}`, () => assert.equal(isPlainFileName(name), false));
});
