import assert from 'node:assert/strict';
import type { Checksum } from '../../../../src/contract/checksum.ts';
import { agreedChecksums } from '../../../../src/engine/protocols/agreedChecksums.ts';

const md5: Checksum = { algorithm: 'md5', hex: 'a' };
const sha1: Checksum = { algorithm: 'sha1', hex: 'b' };
const sha256: Checksum = { algorithm: 'sha256', hex: 'c' };
const sha512: Checksum = { algorithm: 'sha512', hex: 'd' };

describe('agreedChecksums', () => {
  const cases: [what: string, offers: Checksum[], agreed: Checksum[]][] = [
    ['nothing of nothing', [], []],
    ['the strongest first', [sha1, md5, sha512, sha256], [sha512, sha256, sha1, md5]],
    ['equal ones once', [md5, { ...md5 }], [md5]],
    ['contradicting ones not at all, others still', [sha256, md5, { ...sha256, hex: 'e' }], [md5]],
    ['a contradiction is not outvoted', [sha256, sha256, { ...sha256, hex: 'e' }], []],
  ];
  for (const [what, offers, agreed] of cases) it(what, () => assert.deepEqual(agreedChecksums(offers), agreed));
});
