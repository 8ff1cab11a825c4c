import assert from 'node:assert/strict';
import { type LinkOffer, parseLinkHeader } from '../../../../../src/engine/protocols/http/linkHeader.ts';
import { forSeeds } from '../../seededRandom.ts';
import { mutate } from '../mutate.ts';

const BASE = 'http://www.example.com/dir/example.ext';
const LOWEST = 999_999;

/** After the examples of RFC 6249. */
const SAMPLE = [
  '<http://www2.example.com/example.ext>; rel=duplicate; pri=1; pref',
  '<ftp://ftp.example.com/example.ext>; rel=duplicate; pri=2',
  '<http://www3.example.com/example.ext>; rel=duplicate; pri=1; geo=gb',
  '<http://example.com/example.ext.torrent>; rel=describedby; type="application/x-bittorrent"; name="differentname.ext"',
  '<http://example.com/example.ext.meta4>; rel=describedby; type="application/metalink4+xml"',
  '<http://example.com/example.ext.asc>; rel=describedby; type="application/pgp-signature"',
].join(', ');

describe('parseLinkHeader', () => {
  it('reads what a mirror redirector sends', () => {
    assert.deepEqual(parseLinkHeader(SAMPLE, BASE), {
      duplicates: [
        { url: 'http://www2.example.com/example.ext', priority: 1 },
        { url: 'http://www3.example.com/example.ext', priority: 1 },
      ],
      metalinks: ['http://example.com/example.ext.meta4'],
    });
  });

  const duplicates: [what: string, header: string, found: [url: string, priority: number][]][] = [
    ['nothing', '', []],
    ['separators only', ' , ,', []],
    ['one', '<http://m/x>; rel=duplicate', [['http://m/x', LOWEST]]],
    ['without white space', '<http://m/x>;rel=duplicate;pri=3', [['http://m/x', 3]]],
    ['white space everywhere', ' <http://m/x> ; rel = "duplicate" ; pri = 3 ,', [['http://m/x', 3]]],
    ['names and relations in any case', '<http://m/x>; REL=Duplicate; Pri=3', [['http://m/x', 3]]],
    ['one of several relations', '<http://m/x>; rel="alternate duplicate"', [['http://m/x', LOWEST]]],
    ['the first rel counts', '<http://m/x>; rel=next; rel=duplicate', []],
    ['another relation', '<http://m/x>; rel=next', []],
    ['a part of a relation', '<http://m/x>; rel=duplicates', []],
    ['no relation', '<http://m/x>', []],
    ['a relative link', '<../x>; rel=duplicate', [['http://www.example.com/x', LOWEST]]],
    ['commas and semicolons in the link', '<http://m/a,b;c>; rel=duplicate', [['http://m/a,b;c', LOWEST]]],
    ['commas in quotes', '<http://m/x>; title="a, <b>; \\"c"; rel=duplicate', [['http://m/x', LOWEST]]],
    [
      'by priority, then preferred, then as given',
      '<http://d/>; rel=duplicate, <http://c/>; rel=duplicate; pri=5, <http://b/>; rel=duplicate; pri=5; pref, <http://a/>; rel=duplicate; pri=1, <http://e/>; rel=duplicate',
      [
        ['http://a/', 1],
        ['http://b/', 5],
        ['http://c/', 5],
        ['http://d/', LOWEST],
        ['http://e/', LOWEST],
      ],
    ],
    ['a priority of 0', '<http://m/x>; rel=duplicate; pri=0', [['http://m/x', LOWEST]]],
    ['a priority too high', '<http://m/x>; rel=duplicate; pri=1000000', [['http://m/x', LOWEST]]],
    ['a priority that is no number', '<http://m/x>; rel=duplicate; pri=-1', [['http://m/x', LOWEST]]],
    ['whose directory is mirrored, too', '<http://m/x>; rel=duplicate; depth=1', [['http://m/x', LOWEST]]],
    ['about another file', '<http://m/x>; rel=duplicate; anchor="/other"', []],
    ['user info', '<http://user:word@m/x>; rel=duplicate', [['http://m/x', LOWEST]]],
    ['a fragment', '<http://m/x#y>; rel=duplicate', [['http://m/x', LOWEST]]],
    ['the same twice', '<http://m/x>; rel=duplicate; pri=2, <http://m/x>; rel=duplicate', [['http://m/x', 2]]],
    ['the file itself', `<${BASE}>; rel=duplicate, <example.ext>; rel=duplicate`, []],
    ['other schemes', '<ftp://m/x>; rel=duplicate, <file:///x>; rel=duplicate, <javascript:x>; rel=duplicate', []],
    ['no host', '<http://>; rel=duplicate', []],
    ['an empty parameter', '<http://m/x>; rel=duplicate;', [['http://m/x', LOWEST]]],
    ['an extended parameter', "<http://m/x>; title*=UTF-8'en'%e2; rel=duplicate", [['http://m/x', LOWEST]]],
    ['names of Object', '<http://m/x>; __proto__=1; constructor=2; rel=duplicate', [['http://m/x', LOWEST]]],
    ['no end of the link', '<http://m/x; rel=duplicate', []],
    ['no beginning of the link', 'http://m/x>; rel=duplicate', []],
    ['no end of the quotes', '<http://a/>; rel=duplicate, <http://m/x>; rel="duplicate', []],
    ['no comma', '<http://a/>; rel=duplicate <http://m/x>; rel=duplicate', []],
    ['a word in between', '<http://a/>; rel=duplicate, word', []],
  ];
  for (const [what, header, found] of duplicates) {
    it(`duplicates: ${what}`, () =>
      assert.deepEqual(
        parseLinkHeader(header, BASE).duplicates.map(({ url, priority }) => [url, priority]),
        found,
      ));
  }

  const metalinks: [what: string, header: string, found: string[]][] = [
    [
      'its type',
      '<x.meta4>; rel=describedby; type="application/metalink4+xml"',
      ['http://www.example.com/dir/x.meta4'],
    ],
    ['its type without quotes', '<http://m/x>; rel=describedby; type=application/metalink4+xml', ['http://m/x']],
    ['its type in capitals', '<http://m/x>; rel=DescribedBy; type="Application/Metalink4+XML"', ['http://m/x']],
    [
      'with a parameter',
      '<http://m/x>; rel=describedby; type="application/metalink4+xml; charset=utf-8"',
      ['http://m/x'],
    ],
    ['no type', '<http://m/x.meta4>; rel=describedby', []],
    ['another type', '<http://m/x>; rel=describedby; type="application/metalink4+xml2"', []],
    ['another relation', '<http://m/x>; rel=describes; type="application/metalink4+xml"', []],
    ['another scheme', '<file:///x>; rel=describedby; type="application/metalink4+xml"', []],
  ];
  for (const [what, header, found] of metalinks) {
    it(`metalinks: ${what}`, () => assert.deepEqual(parseLinkHeader(header, BASE).metalinks, found));
  }

  const nothing: LinkOffer = { duplicates: [], metalinks: [] };

  it('gives the best 64 duplicates and 8 Metalinks at most', () => {
    const many = Array.from({ length: 500 }, (_, n) => `<http://m/${n}>; rel=duplicate; pri=${500 - n}`);
    const offer = parseLinkHeader(many.join(','), BASE);
    assert.equal(offer.duplicates.length, 64);
    assert.deepEqual(offer.duplicates[0], { url: 'http://m/499', priority: 1 });
    const described = many.map((link) => link.replace('duplicate', 'describedby; type=application/metalink4+xml'));
    assert.equal(parseLinkHeader(described.join(','), BASE).metalinks.length, 8);
  });

  it('reads 64 KiB and no more', () => {
    const link = '<http://m/x>; rel=duplicate; title=';
    assert.equal(parseLinkHeader(link + 'x'.repeat(64 * 1024 - link.length), BASE).duplicates.length, 1);
    assert.deepEqual(parseLinkHeader(link + 'x'.repeat(64 * 1024 - link.length + 1), BASE), nothing);
  });

  for (const base of ['', 'no link', 'ftp://h/x', '/dir/x']) {
    it(`offers nothing at the base ${JSON.stringify(base)}`, () =>
      assert.deepEqual(parseLinkHeader('<http://m/x>; rel=duplicate', base), nothing));
  }

  it('never throws and stays within its bounds, whatever it is given (seeds 1 to 2000)', () =>
    forSeeds(2000, (random) => {
      const header = mutate(SAMPLE, random, ['<', '>', '"', '\\', ';', ',', '=', ' ', '\t', 'rel=duplicate', '<x>']);
      const { duplicates, metalinks } = parseLinkHeader(header, BASE);
      assert.ok(duplicates.length <= 64 && metalinks.length <= 8);
      for (const url of [...duplicates.map((duplicate) => duplicate.url), ...metalinks]) {
        const { protocol, username, password, hash } = new URL(url);
        assert.match(protocol, /^https?:$/);
        assert.equal(username + password + hash, '');
      }
    }));

  const hostile: [what: string, header: string][] = [
    ['white space', `<a>${' '.repeat(65_000)}x`],
    ['relations and parameters', `<a>;rel="${'a '.repeat(8000)}"${';p=1'.repeat(12_000)}`],
    ['open quotes', `<a>;a${'="'.repeat(32_000)}`],
    ['backslashes', `<a>;a="${'\\'.repeat(65_000)}`],
    ['commas', ','.repeat(65_000)],
    ['opened links', '<'.repeat(65_000)],
  ];
  for (const [what, header] of hostile) {
    it(`comes to an end with many ${what}`, () => assert.deepEqual(parseLinkHeader(header, BASE), nothing));
  }
});
