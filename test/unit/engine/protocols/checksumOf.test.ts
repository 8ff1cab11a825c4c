import assert from 'node:assert/strict';
import type { DigestAlgorithm } from '../../../../src/contract/checksum.ts';
import { checksumOf, digestAlgorithmOf } from '../../../../src/engine/protocols/checksumOf.ts';

describe('digestAlgorithmOf', () => {
  const cases: [name: string, algorithm: DigestAlgorithm | null][] = [
    ['sha-256', 'sha256'],
    ['sha256', 'sha256'],
    ['SHA256', 'sha256'],
    ['SHA2-256', 'sha256'],
    ['sha-512', 'sha512'],
    ['SHA2-512', 'sha512'],
    ['sha-1', 'sha1'],
    ['SHA1', 'sha1'],
    ['md5', 'md5'],
    ['MD5', 'md5'],
    ['sha-384', null],
    ['sha3-256', null],
    ['sha-512-256', null],
    ['SHA512/256', null],
    ['sha', null],
    ['sha2256', null],
    ['', null],
    ['constructor', null],
  ];
  for (const [name, algorithm] of cases) {
    it(`of ${JSON.stringify(name)} is ${algorithm}`, () => assert.equal(digestAlgorithmOf(name), algorithm));
  }
});

describe('checksumOf', () => {
  const cases: [what: string, algorithm: DigestAlgorithm, hex: string, taken: boolean][] = [
    ['digits in lower case', 'md5', 'd41d8cd98f00b204e9800998ecf8427e', true],
    ['digits in upper case', 'md5', 'D41D8CD98F00B204E9800998ECF8427E', true],
    ['one digit less', 'md5', 'd41d8cd98f00b204e9800998ecf8427', false],
    ['one digit more', 'md5', 'd41d8cd98f00b204e9800998ecf8427e0', false],
    ['another letter', 'md5', 'g41d8cd98f00b204e9800998ecf8427e', false],
    ['white space', 'md5', ' 41d8cd98f00b204e9800998ecf8427e', false],
    ['a line end at the end', 'md5', 'd41d8cd98f00b204e9800998ecf8427\n', false],
    ['the length of another algorithm', 'sha1', 'd41d8cd98f00b204e9800998ecf8427e', false],
    ['40 digits', 'sha1', '0'.repeat(40), true],
    ['64 digits', 'sha256', '0'.repeat(64), true],
    ['128 digits', 'sha512', '0'.repeat(128), true],
  ];
  for (const [what, algorithm, hex, taken] of cases) {
    it(`${what}, ${algorithm}: ${taken}`, () =>
      assert.deepEqual(checksumOf(algorithm, hex), taken ? { algorithm, hex: hex.toLowerCase() } : null));
  }
});
