import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Checksum, DigestAlgorithm } from '../../../../../src/contract/checksum.ts';
import { offeredDigests } from '../../../../../src/engine/protocols/http/offeredDigests.ts';
import { forSeeds } from '../../seededRandom.ts';
import { mutate } from '../mutate.ts';

const base64 = (algorithm: string, text = 'the file'): string => createHash(algorithm).update(text).digest('base64');
const checksum = (algorithm: DigestAlgorithm, text = 'the file'): Checksum => ({
  algorithm,
  hex: createHash(algorithm).update(text).digest('hex'),
});

const MD5 = base64('md5');
const SHA1 = base64('sha1');
const SHA256 = base64('sha256');
const SHA512 = base64('sha512');
const OTHER = base64('sha256', 'another');

type Headers = Record<string, string | string[] | undefined>;

describe('offeredDigests', () => {
  it('reads the example of RFC 9530', () => {
    const header = 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:';
    const hex = '44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38';
    assert.deepEqual(offeredDigests({ 'repr-digest': header }), [{ algorithm: 'sha256', hex }]);
  });

  it('reads the example of RFC 3230', () => {
    const header = 'md5=HUXZLQLMuI/KZ5KDcJPcOA==,SHA=thvDyvhfIqlvFe+A9MYgxAfm1q5=,unixsum=30637';
    assert.deepEqual(
      offeredDigests({ digest: header }).map(({ algorithm }) => algorithm),
      ['sha1', 'md5'],
    );
  });

  const cases: [what: string, headers: Headers, found: Checksum[]][] = [
    ['nothing', {}, []],
    ['nothing said', { 'repr-digest': undefined, digest: '' }, []],
    [
      'all known ones, the strongest first',
      { 'repr-digest': `md5=:${MD5}:, sha=:${SHA1}:, sha-512=:${SHA512}:, sha-256=:${SHA256}:` },
      [checksum('sha512'), checksum('sha256'), checksum('sha1'), checksum('md5')],
    ],
    ['parameters of a member', { 'repr-digest': `sha-256=:${SHA256}:;q=1` }, [checksum('sha256')]],
    ['unknown ones beside', { 'repr-digest': `crc32c=:AAAAAA==:, sha-256=:${SHA256}:` }, [checksum('sha256')]],
    [
      'given in two lines',
      { 'repr-digest': [`sha-256=:${SHA256}:`, `md5=:${MD5}:`] },
      [checksum('sha256'), checksum('md5')],
    ],
    ['the same twice', { 'repr-digest': `sha-256=:${SHA256}:, sha-256=:${SHA256}:` }, [checksum('sha256')]],
    [
      'contradicting itself',
      { 'repr-digest': `sha-256=:${SHA256}:, sha-256=:${OTHER}:, md5=:${MD5}:` },
      [checksum('md5')],
    ],
    ['contradicting in two lines', { 'repr-digest': [`sha-256=:${SHA256}:`, `sha-256=:${OTHER}:`] }, []],
    ['contradicting the older header', { 'repr-digest': `sha-256=:${SHA256}:`, digest: `SHA-256=${OTHER}` }, []],
    [
      'confirmed by the older header',
      { 'repr-digest': `sha-256=:${SHA256}:`, digest: `SHA-256=${SHA256}` },
      [checksum('sha256')],
    ],
    ['a name that is no key', { 'repr-digest': `SHA-256=:${SHA256}:` }, []],
    ['a broken neighbour', { 'repr-digest': `sha-256=:${SHA256}:, !` }, []],
    ['no byte sequence', { 'repr-digest': `sha-256="${SHA256}"` }, []],
    ['no colons', { 'repr-digest': `sha-256=${SHA256}` }, []],
    ['no base64', { 'repr-digest': 'sha-256=:*:' }, []],
    ['too short', { 'repr-digest': `sha-256=:${MD5}:` }, []],
    ['too long', { 'repr-digest': `sha-256=:${SHA512}:` }, []],
    ['an inner list', { 'repr-digest': `sha-256=(:${SHA256}:)` }, []],
    ['a digest in a string', { 'repr-digest': `x="a,sha-256=:${SHA256}:"` }, []],
    ['preferences', { 'want-repr-digest': 'sha-256=10' }, []],
    ['of the message', { 'content-digest': `sha-256=:${SHA256}:`, 'content-md5': MD5 }, []],
    ['older', { digest: `SHA-256=${SHA256}` }, [checksum('sha256')]],
    ['older, in any case', { digest: `sha-256=${SHA256},Md5=${MD5}` }, [checksum('sha256'), checksum('md5')]],
    [
      'older, with white space',
      { digest: ` SHA-512=${SHA512} , SHA=${SHA1} ` },
      [checksum('sha512'), checksum('sha1')],
    ],
    ['older, a broken neighbour', { digest: `!, SHA-256=${SHA256}, UNIXsum=30637` }, [checksum('sha256')]],
    ['older, hexadecimal', { digest: `SHA-256=${checksum('sha256').hex}` }, []],
    ['older, without padding', { digest: `SHA-256=${SHA256.replace('=', '')}` }, [checksum('sha256')]],
    ['older, before a coding, there is none', { digest: `id-sha-256=${SHA256}` }, [checksum('sha256')]],
    [
      'older, before a coding, it is none',
      { digest: `ID-SHA-256=${SHA256}`, 'content-encoding': 'identity' },
      [checksum('sha256')],
    ],
    [
      'older, before a coding',
      { digest: `id-sha-256=${SHA256}, SHA-256=${OTHER}`, 'content-encoding': 'gzip' },
      [checksum('sha256', 'another')],
    ],
    ['a very long line', { 'repr-digest': `sha-256=:${SHA256}:${' '.repeat(8192)}` }, []],
    ['names of Object', { 'repr-digest': `constructor=:${SHA256}:, __proto__=:${SHA256}:` }, []],
  ];
  for (const [what, headers, found] of cases) it(what, () => assert.deepEqual(offeredDigests(headers), found));

  it('never throws, and finds each algorithm once, whatever it is given (seeds 1 to 2000)', () =>
    forSeeds(2000, (random) => {
      const tokens = [':', '=', ',', ';', '"', ' ', 'sha-256', 'id-', `sha-256=:${OTHER}:`];
      const sample = `sha-512=:${SHA512}:, sha-256=:${SHA256}:, md5=:${MD5}:`;
      const found = offeredDigests({
        'repr-digest': mutate(sample, random, tokens),
        digest: mutate(sample.replaceAll(':', ''), random, tokens),
      });
      assert.equal(new Set(found.map(({ algorithm }) => algorithm)).size, found.length);
    }));
});
