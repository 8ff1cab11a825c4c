import assert from 'node:assert/strict';
import { chooseName, type NameHints } from '../../../../src/engine/intake/chooseName.ts';

describe('chooseName', () => {
  const link = 'https://example.com/dir/from-link.zip?x=y';
  const cases: [what: string, hints: Partial<NameHints>, name: string][] = [
    ['the user wins', { user: 'mine.bin', header: 'header.bin' }, 'mine.bin'],
    ['the user needs no extension', { user: 'mine', contentType: 'application/zip' }, 'mine'],
    ['a user name that is none is passed over', { user: '..', header: 'header.bin' }, 'header.bin'],
    ['then the header', { header: 'header.bin' }, 'header.bin'],
    ['of the header only the last segment', { header: '../../header.bin' }, 'header.bin'],
    ['a header that is none is passed over', { header: '..' }, 'from-link.zip'],
    ['then the link', { header: null, finalUrl: 'https://cdn.example/1234' }, 'from-link.zip'],
    ['decoded once', { originalUrl: 'https://example.com/a%20b%2525.zip' }, 'a b%25.zip'],
    [
      'an encoded slash separates nothing but segments',
      { originalUrl: 'https://example.com/..%2F..%2Fpasswd' },
      'passwd',
    ],
    ['an encoded backslash, too', { originalUrl: 'https://example.com/..%5Cb.zip' }, 'b.zip'],
    ['a stray percent sign stays', { originalUrl: 'https://example.com/100%25%zz.zip' }, '100%25%zz.zip'],
    ['bytes that are no UTF-8 stay escaped', { originalUrl: 'https://example.com/%fc.zip' }, '%fc.zip'],
    ['then the final link', { originalUrl: 'https://example.com/', finalUrl: 'https://e.com/final.zip' }, 'final.zip'],
    ['then the host', { originalUrl: 'https://example.com/', finalUrl: 'https://example.org/' }, 'example.com'],
    ['the host is no extension', { originalUrl: 'https://example.com/', contentType: 'text/html' }, 'example.com.html'],
    ['an address as host', { originalUrl: 'http://[::1]:8080/' }, '[__1]'],
    [
      'the type gives an extension',
      { originalUrl: 'https://example.com/get', contentType: 'Application/ZIP; x=y' },
      'get.zip',
    ],
    ['only where there is none', { originalUrl: 'https://e.com/a.bin', contentType: 'application/zip' }, 'a.bin'],
    [
      'an unknown type gives none',
      { originalUrl: 'https://e.com/get', contentType: 'application/octet-stream' },
      'get',
    ],
    ['an empty type gives none', { originalUrl: 'https://e.com/get', contentType: '' }, 'get'],
    [
      'a type named like a property of every object gives none',
      { originalUrl: 'https://e.com/get', contentType: 'constructor' },
      'get',
    ],
    ['nor does its sibling', { originalUrl: 'https://e.com/get', contentType: '__proto__' }, 'get'],
  ];
  for (const [what, hints, name] of cases) {
    it(what, () => assert.equal(chooseName({ originalUrl: link, ...hints }), name));
  }

  it('fits even with the extension of the type', () => {
    const name = chooseName({ originalUrl: `https://example.com/${'x'.repeat(300)}`, contentType: 'application/zip' });
    assert.ok(Buffer.byteLength(name) <= 239);
    assert.ok(name.endsWith('x.zip'));
  });
});
