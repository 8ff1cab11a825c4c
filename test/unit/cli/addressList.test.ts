import assert from 'node:assert/strict';
import { parseAddressList } from '../../../src/cli/addressList.ts';

const SHA256 = 'ab'.repeat(32);
const MD5 = '0123456789abcdef0123456789abcdef';

describe('parseAddressList', () => {
  const cases: readonly (readonly [string, string, readonly (readonly [string, string | null])[]])[] = [
    ['nothing', '', []],
    ['blank lines and comments', '\n  \n# one\n   # two\n', []],
    ['one address', 'https://h/a', [['https://h/a', null]]],
    [
      'all kinds of line ends, and a byte order mark',
      '\uFEFFhttps://h/a\r\nhttps://h/b\rhttps://h/c\n',
      [
        ['https://h/a', null],
        ['https://h/b', null],
        ['https://h/c', null],
      ],
    ],
    ['a checksum', `https://h/a  sha256:${SHA256}`, [['https://h/a', `sha256:${SHA256}`]]],
    ['a checksum in capitals', `https://h/a\tMD5:${MD5.toUpperCase()}`, [['https://h/a', `md5:${MD5}`]]],
    ['a checksum and a comment', `https://h/a md5:${MD5} # why`, [['https://h/a', `md5:${MD5}`]]],
    ['a comment behind an address', 'https://h/a # the first', [['https://h/a', null]]],
    ['a fragment', 'https://h/a#part', [['https://h/a#part', null]]],
    ['spaces inside an address', '  https://h/my file.bin  ', [['https://h/my file.bin', null]]],
    ['something behind that is no checksum', 'https://h/a b:c', [['https://h/a b:c', null]]],
  ];
  for (const [what, text, files] of cases) {
    it(`reads ${what}`, () =>
      assert.deepEqual(
        parseAddressList(text),
        files.map(([address, checksum]) => ({ address, checksum })),
      ));
  }

  for (const bad of ['sha256:', 'sha256:12', `sha1:${SHA256}`, 'md5:xyz']) {
    it(`refuses the checksum "${bad}"`, () =>
      assert.throws(() => parseAddressList(`https://h/a ${bad}`), { code: 'bad-checksum' }));
  }
});
