import assert from 'node:assert/strict';
import { type MetalinkFile, parseMetalink } from '../../../../../src/engine/protocols/metalink/parseMetalink.ts';
import { metalink3, metalink4, SAMPLE_3, SAMPLE_4 } from './samples.ts';

const SHA256 = 'f0'.repeat(32);
const SHA1 = '1a'.repeat(20);

/** The one file of a Metalink 4 with that inside it. */
function fileWith(inside: string): MetalinkFile {
  const [file, ...others] = parseMetalink(metalink4(`<file name="x">${inside}</file>`));
  assert.ok(file !== undefined && others.length === 0);
  return file;
}

/** The same of version 3. */
function oldFileWith(inside: string): MetalinkFile {
  const [file] = parseMetalink(metalink3(`<file name="x">${inside}</file>`));
  assert.ok(file !== undefined);
  return file;
}

describe('parseMetalink', () => {
  it('reads version 4', () => {
    assert.deepEqual(parseMetalink(SAMPLE_4), [
      {
        name: 'dir/example.ext',
        sizeBytes: 14_471_447,
        digests: [{ algorithm: 'sha256', hex: SHA256 }],
        pieces: { algorithm: 'sha1', lengthBytes: 8_388_608, hashes: [SHA1, SHA1] },
        mirrors: [
          { url: 'http://ftp.example.com/example.ext', priority: 1, location: 'de' },
          { url: 'https://mirror.example.org/a&b', priority: 1, location: null },
          { url: 'http://last.example.org/', priority: 999_999, location: null },
        ],
      },
      { name: 'example2.ext', sizeBytes: null, digests: [], pieces: null, mirrors: [] },
    ]);
  });

  it('reads version 3', () => {
    assert.deepEqual(parseMetalink(SAMPLE_3), [
      {
        name: 'example.ext',
        sizeBytes: 500_000,
        digests: [
          { algorithm: 'sha256', hex: SHA256 },
          { algorithm: 'sha1', hex: SHA1 },
        ],
        pieces: { algorithm: 'sha1', lengthBytes: 262_144, hashes: [SHA1, '2b'.repeat(20)] },
        mirrors: [
          { url: 'https://best.example.org/example.ext', priority: 1, location: 'de' },
          { url: 'http://good.example.org/example.ext', priority: 11, location: null },
          { url: 'http://worst.example.org/', priority: 101, location: null },
          { url: 'http://unknown.example.org/', priority: 999_999, location: null },
        ],
      },
    ]);
  });

  const same: [what: string, text: string][] = [
    ['a byte order mark', `\ufeff${SAMPLE_4}`],
    ['CRLF', SAMPLE_4.replaceAll('\n', '\r\n')],
    ['carriage returns', SAMPLE_4.replaceAll('\n', '\r')],
    ['comments', SAMPLE_4.replaceAll('><', '><!-- <file/> --><')],
    ['a style sheet', SAMPLE_4.replace('?>', '?><?xml-stylesheet href="x"?>')],
    ['a document type', SAMPLE_4.replace('?>', '?><!DOCTYPE metalink SYSTEM "file:///etc/passwd">')],
    ['single quotes', SAMPLE_4.replaceAll('"', "'")],
    ['a prefix', SAMPLE_4.replace(/<(\/?)(\w)/g, '<$1m:$2').replace('xmlns=', 'xmlns:m=')],
  ];
  for (const [what, text] of same) {
    it(`reads the same with ${what}`, () => assert.deepEqual(parseMetalink(text), parseMetalink(SAMPLE_4)));
  }

  it('leaves the name as it is written', () => {
    const names = ['../../etc/passwd', 'C:\\x', ' x ', 'a\u202eb', 'd\u00efsk \ud83d\ude00', 'x'.repeat(4096)];
    const files = names.map((name) => `<file name="${name}"/>`).join('');
    assert.deepEqual(
      parseMetalink(metalink4(files)).map(({ name }) => name),
      names,
    );
    assert.equal(parseMetalink(metalink4('<file name="&lt;&#x41;&amp;"/>'))[0]?.name, '<A&');
  });

  it('looks at its own namespace only', () => {
    const file = fileWith(
      `<size xmlns="urn:other">1</size><o:size>2</o:size><size>3</size><deep><size>4</size></deep>`,
    );
    assert.equal(file.sizeBytes, 3);
  });

  const sizes: [text: string, sizeBytes: number | null][] = [
    ['0', 0],
    [' 12\n', 12],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', null],
    ['-1', null],
    ['1e3', null],
    ['1.0', null],
    ['12 bytes', null],
    ['', null],
    ['<b>5</b>', null],
    ['<![CDATA[5]]>', 5],
    ['1<!-- 2 -->3', 13],
  ];
  for (const [text, sizeBytes] of sizes) {
    it(`the size ${JSON.stringify(text)} is ${sizeBytes}`, () =>
      assert.equal(fileWith(`<size>${text}</size>`).sizeBytes, sizeBytes));
  }

  const digests: [what: string, inside: string, algorithms: string[]][] = [
    ['IANA names', `<hash type="sha-256">${SHA256}</hash><hash type="sha-1">${SHA1}</hash>`, ['sha256', 'sha1']],
    ['other spellings', `<hash type="SHA256">${SHA256}</hash><hash type="sha1">${SHA1}</hash>`, ['sha256', 'sha1']],
    [
      'the strongest first',
      `<hash type="md5">${'0'.repeat(32)}</hash><hash type="sha-512">${'0'.repeat(128)}</hash>`,
      ['sha512', 'md5'],
    ],
    ['upper case and white space', `<hash type="sha-256">\n ${SHA256.toUpperCase()} </hash>`, ['sha256']],
    ['unknown ones', `<hash type="sha-384">${'0'.repeat(96)}</hash><hash type="sha3-256">${SHA256}</hash>`, []],
    ['no type', `<hash>${SHA256}</hash>`, []],
    ['a wrong length', `<hash type="sha-256">${SHA1}</hash>`, []],
    ['no digits', `<hash type="sha-256">${'x'.repeat(64)}</hash>`, []],
    ['contradicting', `<hash type="sha-1">${SHA1}</hash><hash type="sha-1">${'0'.repeat(40)}</hash>`, []],
  ];
  for (const [what, inside, algorithms] of digests) {
    it(`digests: ${what}`, () =>
      assert.deepEqual(
        fileWith(inside).digests.map(({ algorithm }) => algorithm),
        algorithms,
      ));
  }

  const hashes = (count: number, hex = SHA1): string => `<hash>${hex}</hash>`.repeat(count);
  const pieces: [what: string, inside: string, found: [algorithm: string, count: number] | null][] = [
    ['of a known size', `<size>3000</size><pieces type="sha-1" length="1024">${hashes(3)}</pieces>`, ['sha1', 3]],
    ['of an exact size', `<size>3072</size><pieces type="sha-1" length="1024">${hashes(3)}</pieces>`, ['sha1', 3]],
    ['of an unknown size', `<pieces type="sha-1" length="1024">${hashes(7)}</pieces>`, ['sha1', 7]],
    ['one too few', `<size>3000</size><pieces type="sha-1" length="1024">${hashes(2)}</pieces>`, null],
    ['one too many', `<size>3072</size><pieces type="sha-1" length="1024">${hashes(4)}</pieces>`, null],
    ['none', '<size>0</size><pieces type="sha-1" length="1024"/>', null],
    ['an unknown algorithm', `<pieces type="crc32" length="1024">${hashes(1)}</pieces>`, null],
    ['a malformed one', `<pieces type="sha-1" length="1024">${hashes(1)}<hash>x</hash></pieces>`, null],
    [
      'the strongest',
      `<pieces type="sha-1" length="1024">${hashes(2)}</pieces><pieces type="sha-256" length="2048">${hashes(1, SHA256)}</pieces>`,
      ['sha256', 1],
    ],
    [
      'the strongest that can be used',
      `<size>2048</size><pieces type="sha-1" length="1024">${hashes(2)}</pieces><pieces type="sha-256" length="1024">${hashes(1, SHA256)}</pieces>`,
      ['sha1', 2],
    ],
  ];
  for (const [what, inside, found] of pieces) {
    it(`pieces: ${what}`, () => {
      const read = fileWith(inside).pieces;
      assert.deepEqual(read === null ? null : [read.algorithm, read.hashes.length], found);
    });
  }

  const numbered: [what: string, numbers: string[], order: number[] | null][] = [
    ['in order', ['0', '1', '2'], [0, 1, 2]],
    ['in another order', ['2', '0', '1'], [1, 2, 0]],
    ['one twice', ['0', '0', '1'], null],
    ['one missing', ['0', '1', '3'], null],
    ['from 1', ['1', '2', '3'], null],
    ['no numbers', ['0', '1', 'x'], null],
    ['negative', ['0', '1', '-1'], null],
  ];
  for (const [what, numbers, order] of numbered) {
    it(`numbered pieces: ${what}`, () => {
      const hex = numbers.map((_, index) => String(index).repeat(40));
      const inside = numbers.map((piece, index) => `<hash piece="${piece}">${hex[index]}</hash>`).join('');
      const file = oldFileWith(`<verification><pieces type="sha1" length="1024">${inside}</pieces></verification>`);
      assert.deepEqual(file.pieces?.hashes ?? null, order === null ? null : order.map((index) => hex[index]));
    });
  }

  const mirrors: [what: string, inside: string, found: [url: string, priority: number][]][] = [
    [
      'other schemes',
      '<url>ftp://m/x</url><url>file:///x</url><url>magnet:?x</url><url>http://m/x</url>',
      [['http://m/x', 999_999]],
    ],
    ['relative', '<url>x</url><url>/x</url><url>//m/x</url><url>http:x</url>', []],
    ['empty', '<url/>', []],
    ['not of the file', '<metaurl mediatype="torrent">http://m/x.torrent</metaurl>', []],
    ['white space', '<url priority=" 1">\n http://m/x \n</url>', [['http://m/x', 999_999]]],
    [
      'out of bounds',
      '<url priority="0">http://a/</url><url priority="1000000">http://b/</url>',
      [
        ['http://a/', 999_999],
        ['http://b/', 999_999],
      ],
    ],
    [
      'by priority',
      '<url priority="3">http://c/</url><url>http://d/</url><url priority="1">http://a/</url><url priority="1">http://b/</url>',
      [
        ['http://a/', 1],
        ['http://b/', 1],
        ['http://c/', 3],
        ['http://d/', 999_999],
      ],
    ],
    ['twice', '<url>http://a/</url><url priority="5">http://a/#x</url>', [['http://a/', 5]]],
  ];
  for (const [what, inside, found] of mirrors) {
    it(`mirrors: ${what}`, () =>
      assert.deepEqual(
        fileWith(inside).mirrors.map(({ url, priority }) => [url, priority]),
        found,
      ));
  }

  it('takes no torrent of version 3 for the file', () => {
    const urls = ['bittorrent', 'ftp', 'HTTP', 'https'].map((type) => `<url type="${type}">http://m/${type}</url>`);
    const file = oldFileWith(`<resources>${urls.join('')}<url>http://m/none</url></resources>`);
    assert.deepEqual(
      file.mirrors.map(({ url }) => url),
      ['http://m/HTTP', 'http://m/https', 'http://m/none'],
    );
  });
});
