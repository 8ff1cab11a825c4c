import assert from 'node:assert/strict';
import { TributaryError } from '../../../../../src/contract/errors.ts';
import { parseMetalink } from '../../../../../src/engine/protocols/metalink/parseMetalink.ts';
import { assertCode, thrown } from '../../assertCode.ts';
import { forSeeds } from '../../seededRandom.ts';
import { mutate } from '../mutate.ts';
import { metalink3, metalink4, SAMPLE_3, SAMPLE_4 } from './samples.ts';

const MIB = 1024 * 1024;
const PIECE = `<hash>${'0'.repeat(32)}</hash>`;

/** Names grow tenfold at each level, to a thousand million letters. */
const LAUGHS = `<!DOCTYPE metalink [<!ENTITY a "ha">${'bcdefghij'
  .split('')
  .map((name, index) => `<!ENTITY ${name} "${`&${'abcdefghi'[index]};`.repeat(10)}">`)
  .join('')}]>`;

/** A Metalink behind a document type declaration. */
function declared(declaration: string, inside: string): string {
  return declaration + metalink4(inside).replace(/^<\?xml.*\?>/, '');
}

function pieces(length: string): string {
  return metalink4(`<file name="x"><pieces type="md5" length="${length}">${PIECE}</pieces></file>`);
}

describe('parseMetalink refuses', () => {
  const refused: [what: string, text: string, reason: RegExp][] = [
    ['nothing', '', /XML/],
    ['text', 'hello', /XML/],
    ['a web page', '<!doctype html><html><br></html>', /XML/],
    ['XML of another kind', '<rss version="2.0"/>', /not a Metalink/],
    ['no namespace', '<metalink><file name="x"/></metalink>', /not a Metalink/],
    ['another namespace', '<metalink xmlns="urn:x"><file name="x"/></metalink>', /not a Metalink/],
    ['a namespace of another prefix', '<metalink xmlns:m="urn:ietf:params:xml:ns:metalink"/>', /not a Metalink/],
    ['a namespace named like what every object has', '<metalink xmlns="constructor"/>', /not a Metalink/],
    ['another root', '<files xmlns="urn:ietf:params:xml:ns:metalink"/>', /not a Metalink/],
    ['half of it', SAMPLE_4.slice(0, SAMPLE_4.length / 2), /XML \(line \d+\)/],
    ['a wrong end tag', metalink4('<file name="x"></fil>'), /XML \(line 2\)/],
    ['two roots', `${metalink4('<file name="x"/>')}<x/>`, /XML/],
    ['no file', metalink4(''), /no file/],
    ['no file in version 3', metalink3(''), /no file/],
    ['a file at the place of version 3', metalink4('<files><file name="x"/></files>'), /no file/],
    ['a file without a name', metalink4('<file/>'), /name/],
    ['a file with an empty name', metalink4('<file name=" "/>'), /name/],
    ['a name of 4097 letters', metalink4(`<file name="${'x'.repeat(4097)}"/>`), /name/],
    ['10 001 files', metalink4('<file name="x"/>'.repeat(10_001)), /files/],
    ['1001 mirrors', metalink4(`<file name="x">${'<url>http://m/</url>'.repeat(1001)}</file>`), /mirrors/],
    ['pieces of 1023 bytes', pieces('1023'), /piece length/],
    ['pieces of no length', pieces(''), /piece length/],
    ['pieces of half a byte', pieces('2048.5'), /piece length/],
    ['pieces of 2^53 bytes', pieces('9007199254740992'), /piece length/],
    ['pieces of a length below zero', pieces('-2048'), /piece length/],
    ['more than 16 MiB', metalink4(`<file name="x"/>${' '.repeat(16 * MIB)}`), /16 MiB/],
    ['more than a million elements', metalink4(`<file name="x">${'<a/>'.repeat(1_000_000)}</file>`), /too many/],
    [
      'more than a million pieces',
      metalink4(`<file name="x"><pieces>${'<hash/>'.repeat(1_000_001)}</pieces></file>`),
      /too many/,
    ],
    [
      'more than a million attributes',
      metalink4(`<file name="x"><a ${'a="" '.repeat(1_000_000)}/></file>`),
      /too many/,
    ],
    ['elements nested without end', metalink4('<a>'.repeat(300_000)), /nested/],
    ['entities that nobody defined', metalink4('<file name="&nbsp;"/>'), /XML/],
    ['a character that XML does not have', metalink4('<file name="&#0;"/>'), /XML/],
  ];
  for (const [what, text, reason] of refused) {
    it(what, () => {
      const error = thrown(() => parseMetalink(text));
      assertCode(error, 'bad-metalink');
      assert.match(String(error.args.reason), reason);
      assert.ok(error.message.length < 150, error.message);
    });
  }
});

describe('parseMetalink knows no entities of a document', () => {
  const LOCAL_FILE = '<!DOCTYPE metalink [<!ENTITY j SYSTEM "file:///etc/passwd">]>';
  const EXTERNAL = '<!DOCTYPE metalink [<!ENTITY % x SYSTEM "http://127.0.0.1/"> %x;]>';

  for (const [what, declaration] of [
    ['that grow', LAUGHS],
    ['that are files', LOCAL_FILE],
    ['that are elsewhere', EXTERNAL],
  ] as const) {
    it(`${what}: used in text`, () => {
      const error = thrown(() => parseMetalink(declared(declaration, '<file name="x"><size>&j;</size></file>')));
      assertCode(error, 'bad-metalink');
      assert.match(String(error.cause), /entity isn't defined: &j;/);
    });

    it(`${what}: used in an attribute`, () => {
      const error = thrown(() => parseMetalink(declared(declaration, '<file name="&j;"/>')));
      assertCode(error, 'bad-metalink');
      assert.match(String(error.cause), /entity isn't defined: &j;/);
    });

    it(`${what}: not used`, () => assert.equal(parseMetalink(declared(declaration, '<file name="x"/>'))[0]?.name, 'x'));
  }
});

describe('parseMetalink copes with', () => {
  it('as many files and mirrors as are allowed', () => {
    assert.equal(parseMetalink(metalink4('<file name="x"/>'.repeat(10_000))).length, 10_000);
    const urls = Array.from({ length: 1000 }, (_, n) => `<url>http://m/${n}</url>`);
    assert.equal(parseMetalink(metalink4(`<file name="x">${urls.join('')}</file>`))[0]?.mirrors.length, 1000);
  });

  it('pieces of 1 KiB, and of 2^53 - 1 bytes', () => {
    assert.equal(parseMetalink(pieces('1024'))[0]?.pieces?.lengthBytes, 1024);
    assert.equal(parseMetalink(pieces('9007199254740991'))[0]?.pieces?.lengthBytes, Number.MAX_SAFE_INTEGER);
  });

  it('the most pieces that 16 MiB can hold', () => {
    const frame = pieces('1024').length + 100;
    const count = Math.floor((16 * MIB - frame) / PIECE.length);
    const text = pieces('1024').replace(PIECE, PIECE.repeat(count));
    assert.equal(parseMetalink(text)[0]?.pieces?.hashes.length, count);
  });

  // The XML parser's own way takes hours for the first one.
  for (const [what, text] of [
    ['carriage returns', '\r'],
    ['characters beyond 16 bits', '\u{1f600}'],
    ['references', '&amp;'],
    ['closing brackets', '] '],
  ] as const) {
    it(`megabytes of ${what}`, () => {
      const count = Math.floor((2 * MIB) / text.length);
      assert.equal(parseMetalink(metalink4(`<file name="x"><a>${text.repeat(count)}</a></file>`)).length, 1);
    });
  }

  it('whatever it is given: an answer, or a coded error (seeds 1 to 2000)', () =>
    forSeeds(2000, (random) => {
      const tokens = [
        '<',
        '>',
        '/>',
        '"',
        '&',
        ';',
        ']]>',
        '<![CDATA[',
        '<!--',
        '<?x',
        '<!DOCTYPE',
        '<file name="y">',
        '</file>',
        '0',
      ];
      const text = mutate(random.pick([SAMPLE_3, SAMPLE_4]), random, tokens);
      try {
        for (const file of parseMetalink(text)) {
          assert.notEqual(file.name, '');
          assert.ok(file.mirrors.length <= 1000 && file.digests.length <= 4);
          for (const { url, priority } of file.mirrors) {
            assert.match(new URL(url).protocol, /^https?:$/);
            assert.ok(Number.isInteger(priority) && priority >= 1 && priority <= 999_999);
          }
        }
      } catch (error) {
        if (!(error instanceof TributaryError)) throw error;
        assertCode(error, 'bad-metalink');
      }
    }));
});
