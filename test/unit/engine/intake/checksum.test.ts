import assert from 'node:assert/strict';
import { formatChecksum, parseChecksum } from '../../../../src/engine/intake/checksum.ts';
import { assertCode, thrown } from '../assertCode.ts';

const HEX = { md5: 'a'.repeat(32), sha1: 'b'.repeat(40), sha256: 'c'.repeat(64), sha512: 'd'.repeat(128) } as const;

describe('parseChecksum', () => {
  for (const [algorithm, hex] of Object.entries(HEX)) {
    const spelled = algorithm.replace('sha', 'SHA-');
    for (const text of [`${algorithm}:${hex}`, `${spelled}=${hex.toUpperCase()}`, ` ${algorithm} : ${hex}\n`, hex]) {
      it(`reads ${text.slice(0, 12)}… as ${algorithm}`, () => {
        const checksum = parseChecksum(text);
        assert.deepEqual(checksum, { algorithm, hex });
        assert.equal(formatChecksum(checksum), `${algorithm}:${hex}`);
      });
    }
    it(`refuses ${algorithm} with a digit less, more, or another algorithm's length`, () => {
      for (const bad of [hex.slice(1), `${hex}0`, `${hex.slice(1)}g`]) {
        assertCode(
          thrown(() => parseChecksum(`${algorithm}:${bad}`)),
          'bad-checksum',
        );
      }
      const other = algorithm === 'md5' ? HEX.sha1 : HEX.md5;
      assertCode(
        thrown(() => parseChecksum(`${algorithm}:${other}`)),
        'bad-checksum',
      );
    });
  }

  for (const text of [
    '',
    ':',
    'sha256:',
    'sha256',
    `crc32:${'a'.repeat(8)}`,
    `sha384:${'a'.repeat(96)}`,
    `sha--256:${HEX.sha256}`,
    `${HEX.md5} file`,
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assertCode(
        thrown(() => parseChecksum(text)),
        'bad-checksum',
      );
    });
  }

  it('repeats no more than a line of what it refuses', () => {
    assert.ok(thrown(() => parseChecksum('x'.repeat(1e6))).message.length < 300);
  });
});
