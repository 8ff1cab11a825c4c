import assert from 'node:assert/strict';
import type { Checksum, DigestAlgorithm } from '../../../../src/contract/checksum.ts';
import { HEX_DIGITS } from '../../../../src/contract/checksum.ts';
import { findChecksum } from '../../../../src/engine/protocols/checksumFile.ts';
import { forSeeds } from '../seededRandom.ts';
import { mutate } from './mutate.ts';

const NAME = 'disk.iso';
const of = (algorithm: DigestAlgorithm, digit: string): Checksum => ({
  algorithm,
  hex: digit.repeat(HEX_DIGITS[algorithm]),
});
const A = of('sha256', 'a');
const B = of('sha256', 'b');
const MD5 = of('md5', 'c');
const SHA1 = of('sha1', 'd');
const SHA512 = of('sha512', 'e');

const SIGNED = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

# ${NAME}: 2048 bytes
SHA256 (${NAME}) = ${A.hex}
- -dashed line
-----BEGIN PGP SIGNATURE-----

iQIzBAEBCAAdFiEE
${B.hex}  ${NAME}
-----END PGP SIGNATURE-----
`;

describe('findChecksum', () => {
  const cases: [what: string, text: string, found: Checksum | null][] = [
    ['nothing', '', null],
    ['GNU, text mode', `${A.hex}  ${NAME}\n`, A],
    ['GNU, binary mode', `${A.hex} *${NAME}\n`, A],
    ['GNU, no line end', `${A.hex}  ${NAME}`, A],
    ['one space', `${A.hex} ${NAME}\n`, A],
    ['a tab', `${A.hex}\t${NAME}\n`, A],
    ['many spaces', `${A.hex}     ${NAME}\n`, A],
    ['CRLF', `${B.hex}  other\r\n${A.hex}  ${NAME}\r\n`, A],
    ['a byte order mark', `\ufeff${A.hex}  ${NAME}\n`, A],
    ['upper case', `${A.hex.toUpperCase()}  ${NAME}\n`, A],
    ['md5 by its length', `${MD5.hex}  ${NAME}\n`, MD5],
    ['sha1 by its length', `${SHA1.hex}  ${NAME}\n`, SHA1],
    ['sha512 by its length', `${SHA512.hex}  ${NAME}\n`, SHA512],
    ['sha224 by its length', `${'a'.repeat(56)}  ${NAME}\n`, null],
    ['too many digits', `${'a'.repeat(129)}  ${NAME}\n`, null],
    ['another file only', `${A.hex}  other\n`, null],
    ['a longer name', `${A.hex}  ${NAME}.asc\n`, null],
    ['a name in another case', `${A.hex}  DISK.ISO\n`, null],
    ['one of many', `${B.hex}  a\n${A.hex}  ${NAME}\n${B.hex}  c\n`, A],
    ['comments and empty lines', `# sums\n\n${A.hex}  ${NAME}\n# ${B.hex}  ${NAME}\n`, A],
    ['a path', `${A.hex}  ./images/${NAME}\n`, A],
    ['a path, binary mode', `${A.hex} *images/${NAME}\n`, A],
    ['a Windows path', `${A.hex} *images\\${NAME}\n`, A],
    ['the exact name before a path', `${B.hex}  old/${NAME}\n${A.hex}  ${NAME}\n${B.hex}  new/${NAME}\n`, A],
    ['two paths that contradict each other', `${A.hex}  a/${NAME}\n${B.hex}  b/${NAME}\n`, null],
    ['two lines that contradict each other', `${A.hex}  ${NAME}\n${B.hex}  ${NAME}\n`, null],
    ['two lines that agree', `${A.hex}  ${NAME}\n${A.hex} *${NAME}\n`, A],
    ['the strongest of several', `${MD5.hex}  ${NAME}\n${SHA512.hex}  ${NAME}\n${A.hex}  ${NAME}\n`, SHA512],
    ['BSD', `SHA256 (${NAME}) = ${A.hex}\n`, A],
    ['BSD among others', `MD5 (x) = ${MD5.hex}\nSHA256 (${NAME}) = ${A.hex}\nSHA256 (y) = ${B.hex}\n`, A],
    ['BSD, a path', `SHA512 (./${NAME}) = ${SHA512.hex}\n`, SHA512],
    ['BSD, a word in lower case', `sha1 (${NAME}) = ${SHA1.hex}\n`, SHA1],
    ['BSD, an unknown word', `BLAKE2b (${NAME}) = ${SHA512.hex}\n`, null],
    ['BSD, a word of another length', `SHA1 (${NAME}) = ${A.hex}\n`, null],
    ['BSD, truncated SHA-512', `SHA512-256 (${NAME}) = ${A.hex}\n`, null],
    ['OpenSSL', `SHA256(${NAME})= ${A.hex}\n`, A],
    ['OpenSSL 3', `SHA2-256(${NAME})= ${A.hex}\n`, A],
    ['bare', A.hex, A],
    ['bare, a line', `${SHA512.hex}\r\n`, SHA512],
    ['bare, with a comment', `# sha256\n${A.hex}\n`, A],
    ['bare, of the standard input', `${A.hex}  -\n`, A],
    ['bare, binary, of the standard input', `${A.hex} *-\n`, A],
    ['bare, two of them', `${A.hex}\n${B.hex}\n`, null],
    ['bare, beside another file', `${A.hex}\n${B.hex}  other\n`, null],
    ['bare, beside text', `hello\n${A.hex}\n`, null],
    ['bare, beside the file', `${A.hex}\n${B.hex}  ${NAME}\n`, B],
    ['bare, no known length', 'abcdef12', null],
    ['signed', SIGNED, A],
    ['signed, CRLF', SIGNED.replaceAll('\n', '\r\n'), A],
    ['signed, with a line before it', `${B.hex}  ${NAME}\n${SIGNED}`, A],
    ['signed, without a signature', SIGNED.slice(0, SIGNED.indexOf('-----BEGIN PGP SIGNATURE')), null],
    ['signed, without an empty line', SIGNED.replaceAll('\n\n', '\n'), null],
    ['a web page', `<html><body>${A.hex}  ${NAME}</body></html>`, null],
  ];
  for (const [what, text, found] of cases) it(what, () => assert.deepEqual(findChecksum(text, NAME), found));

  const names: [what: string, line: string, name: string, found: boolean][] = [
    ['spaces', `${A.hex}  my disk.iso`, 'my disk.iso', true],
    ['parentheses', `SHA256 (disk (1).iso) = ${A.hex}`, 'disk (1).iso', true],
    ['a closing parenthesis and a sign', `SHA256 (a) = b) = ${A.hex}`, 'a) = b', true],
    ['other alphabets', `${A.hex}  d\u00efsk-\u6f22.iso`, 'd\u00efsk-\u6f22.iso', true],
    ['an escaped backslash', `\\${A.hex}  a\\\\b`, 'a\\b', true],
    ['an escaped line end', `\\${A.hex}  a\\nb`, 'a\nb', true],
    ['an escaped line end, BSD', `\\SHA256 (a\\nb) = ${A.hex}`, 'a\nb', true],
    ['a backslash that is not escaped', `${A.hex}  a\\nb`, 'a\\nb', true],
    ['a star of its own', `${A.hex}  *a`, '*a', true],
    ['patterns', `${A.hex}  axb`, 'a.b', false],
    ['names of Object', `${A.hex}  x`, '__proto__', false],
    ['none', `${A.hex}  x/`, '', true],
  ];
  for (const [what, line, name, found] of names) {
    it(`a name with ${what}`, () => assert.deepEqual(findChecksum(`${line}\n${B.hex}  x\n`, name), found ? A : null));
  }

  it('reads 1 MiB and no more', () => {
    const line = `${A.hex}  ${NAME}\n`;
    assert.deepEqual(findChecksum(line + '#'.repeat(1024 * 1024 - line.length), NAME), A);
    assert.equal(findChecksum(line + '#'.repeat(1024 * 1024 - line.length + 1), NAME), null);
  });

  it('takes a moment for a long line, whatever it is made of', () => {
    for (const end of ['\rx', '\u2028x', 'x'])
      for (const filler of [' ', '\t', ') = '])
        findChecksum(`${A.hex}${filler.repeat(200_000 / filler.length)}${end}`, NAME);
  });

  it('never throws, whatever it is given (seeds 1 to 2000)', () =>
    forSeeds(2000, (random) => {
      const tokens = ['\n', '\r', '\\', ' ', '*', '(', ')', '= ', '-----BEGIN PGP SIGNED MESSAGE-----', A.hex, NAME];
      const found = findChecksum(mutate(SIGNED, random, tokens), NAME);
      if (found !== null) assert.match(found.hex, /^(?:[0-9a-f]{2}){16,64}$/);
    }));

  const hostile: [what: string, text: string][] = [
    ['spaces', `${A.hex}${' '.repeat(1_000_000)}`],
    ['parentheses', `SHA256 (${')=aaaa'.repeat(170_000)}`],
    ['beginnings', '-----BEGIN PGP SIGNED MESSAGE-----\n'.repeat(29_000)],
    ['digits', 'a'.repeat(1_000_000)],
  ];
  for (const [what, text] of hostile) {
    it(`comes to an end with many ${what}`, () => void findChecksum(text, NAME));
  }
});
