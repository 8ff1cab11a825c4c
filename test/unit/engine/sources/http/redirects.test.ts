import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../../../src/contract/errors.ts';
import { headersFor, isRedirect, nextHop } from '../../../../../src/engine/sources/http/redirects.ts';
import { assertCode, thrown } from '../../assertCode.ts';

const FROM = 'https://example.com/dir/file?x=y';

describe('nextHop', () => {
  const hops: [location: string, from: string, to: string][] = [
    ['https://cdn.example/a', FROM, 'https://cdn.example/a'],
    ['/a', FROM, 'https://example.com/a'],
    ['b?c=d', FROM, 'https://example.com/dir/b?c=d'],
    ['?z', FROM, 'https://example.com/dir/file?z'],
    ['//cdn.example/a', FROM, 'https://cdn.example/a'],
    ['https://example.com/a#part', FROM, 'https://example.com/a'],
    ['https://user:word@example.com/a', FROM, 'https://example.com/a'],
    ['/a%20b%2Fc', FROM, 'https://example.com/a%20b%2Fc'],
    ['http://example.com/a', 'http://example.com/', 'http://example.com/a'],
    ['https://example.com/', 'http://example.com/', 'https://example.com/'],
    // Raw UTF-8, as a head's bytes arrive.
    [Buffer.from('/über').toString('latin1'), FROM, 'https://example.com/%C3%BCber'],
  ];
  for (const [location, from, to] of hops) {
    it(`${JSON.stringify(location)} leads from ${from} to ${to}`, () => assert.equal(nextHop([from], location), to));
  }

  const refused: [what: string, chain: string[], location: string | null, code: ErrorCode][] = [
    ['no target', [FROM], null, 'bad-response'],
    ['no link', [FROM], 'https://', 'bad-response'],
    ['from TLS to plain', [FROM], 'http://example.com/', 'redirect-refused'],
    ['a file', [FROM], 'file:///etc/passwd', 'redirect-refused'],
    ['a file, from plain', ['http://example.com/'], 'file:///etc/passwd', 'redirect-refused'],
    ['data', [FROM], 'data:text/plain,x', 'redirect-refused'],
    ['to itself', [FROM], FROM, 'redirect-loop'],
    ['to itself with a fragment', [FROM], '#x', 'redirect-loop'],
    ['in a circle', ['https://a.example/', 'https://b.example/'], 'https://a.example/', 'redirect-loop'],
  ];
  for (const [what, chain, location, code] of refused) {
    it(`refuses ${what}`, () => {
      assertCode(
        thrown(() => nextHop(chain, location)),
        code,
      );
    });
  }

  it('follows ten hops and no eleventh', () => {
    const chain = Array.from({ length: 10 }, (_, n) => `https://example.com/${n}`);
    assert.equal(nextHop(chain, '/next'), 'https://example.com/next');
    assertCode(
      thrown(() => nextHop([...chain, 'https://example.com/10'], '/next')),
      'too-many-redirects',
    );
  });

  it('tells no secrets of the links it names', () => {
    const error = thrown(() => nextHop(['https://a.example/x?token=hush'], 'https://u:hush@a.example/x?token=hush'));
    assertCode(error, 'redirect-loop');
    assert.doesNotMatch(error.message, /hush/);
  });
});

describe('headersFor', () => {
  const headers = {
    authorization: 'x',
    cookie: 'y',
    'x-key': 'z',
    range: 'bytes=0-',
    'user-agent': 'u',
    'if-range': '"e"',
  };
  const harmless = { range: 'bytes=0-', 'user-agent': 'u', 'if-range': '"e"' };
  const origins: [url: string, all: boolean][] = [
    ['https://example.com/other?z', true],
    ['https://example.com:443/', true],
    ['https://EXAMPLE.com/', true],
    ['http://example.com/', false],
    ['https://example.com:8443/', false],
    ['https://www.example.com/', false],
    ['https://example.com.evil.example/', false],
    ['https://example.org/', false],
  ];
  for (const [url, all] of origins) {
    it(`${url}: ${all ? 'everything' : 'nothing that is private'}`, () => {
      assert.deepEqual(headersFor(url, FROM, headers), all ? headers : harmless);
    });
  }
});

describe('isRedirect', () => {
  it('is five statuses', () => {
    const all = Array.from({ length: 500 }, (_, n) => n + 100);
    assert.deepEqual(all.filter(isRedirect), [301, 302, 303, 307, 308]);
  });
});
