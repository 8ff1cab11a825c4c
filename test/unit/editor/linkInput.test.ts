import assert from 'node:assert/strict';
import { isPrivateLink, linkLabel, parseDroppedLinks, parseLinkInput } from '../../../src/editor/linkInput.ts';

const SHA256 = 'a'.repeat(64);
const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi';
const OLD_CID = 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG';
const HUB_LINK = 'hub://127.0.0.1:8090/0b0e3b1c-6d1f-4c5e-9f59-3f1f5a0c1d2e';

describe('parseLinkInput', () => {
  const accepted: readonly [string, (readonly [string, string | null])[]][] = [
    ['https://example.org/a.zip', [['https://example.org/a.zip', null]]],
    ['  HTTP://example.org  ', [['HTTP://example.org', null]]],
    ['http://[::1]:8080/a', [['http://[::1]:8080/a', null]]],
    ['https://user:secret@example.org/a', [['https://user:secret@example.org/a', null]]],
    ['https://example.org/my file.zip', [['https://example.org/my file.zip', null]]],
    ['seed:///my file | 2.bin', [['seed:///my file | 2.bin', null]]],
    ['seed://127.0.0.1:8081/a%20b', [['seed://127.0.0.1:8081/a%20b', null]]],
    [HUB_LINK, [[HUB_LINK, null]]],
    [CID, [[`ipfs://${CID}`, null]]],
    [`/ipfs/${CID}/docs/a.txt`, [[`ipfs://${CID}/docs/a.txt`, null]]],
    [`ipfs://${CID}?filename=a b.bin`, [[`ipfs://${CID}?filename=a b.bin`, null]]],
    [
      `${CID}\nseed:///a\nhttps://a.org/2 ipfs://${OLD_CID}`,
      [
        [`ipfs://${CID}`, null],
        ['seed:///a', null],
        ['https://a.org/2', null],
        [`ipfs://${OLD_CID}`, null],
      ],
    ],
    [`https://a.org/1\nsha256:${SHA256}`, [['https://a.org/1', `sha256:${SHA256}`]]],
    [`https://example.org/a SHA256:${SHA256.toUpperCase()}`, [['https://example.org/a', `sha256:${SHA256}`]]],
    [
      `https://a.org/1\nhttps://a.org/2 sha256:${SHA256}\n`,
      [
        ['https://a.org/1', null],
        ['https://a.org/2', `sha256:${SHA256}`],
      ],
    ],
  ];
  for (const [text, expected] of accepted) {
    it(`takes ${JSON.stringify(text).slice(0, 60)}`, () => {
      const links = expected.map(([address, checksum]) => ({ address, checksum }));
      assert.deepEqual(parseLinkInput(text), { kind: 'links', links });
    });
  }

  const refused: readonly [string, string][] = [
    ['hello', 'not-a-link'],
    ['example.org/file.zip', 'not-a-link'],
    ['localhost:8080/file', 'not-a-link'],
    ['https:example.org', 'not-a-link'],
    ['https:///a', 'not-a-link'],
    ['http://exa mple.org/', 'not-a-link'],
    ['x'.repeat(70_000), 'not-a-link'],
    ['ftp://example.org/a', 'scheme-unsupported'],
    ['magnet:?xt=1', 'scheme-unsupported'],
    ['javascript:alert(1)', 'scheme-unsupported'],
    ['seed://h/', 'bad-option'],
    ['seed://127.0.0.1:8080', 'bad-option'],
    ['seed:a', 'not-a-link'],
    ['hub://host:8090/some-name', 'not-a-link'],
    [HUB_LINK.replace('8090', '80900'), 'not-a-link'],
    [HUB_LINK.replace('127.0.0.1', '[::1'), 'not-a-link'],
    ['hub://', 'unfinished'],
    ['ipfs://cid', 'not-a-link'],
    ['/ipfs/cid', 'not-a-link'],
    ['https://example.org/a sha256:12', 'bad-checksum'],
    [`https://example.org/a sha256:${'g'.repeat(64)}`, 'bad-checksum'],
  ];
  for (const [text, code] of refused) {
    it(`refuses ${JSON.stringify(text).slice(0, 60)} as ${code}`, () => {
      const result = parseLinkInput(text);
      assert.equal(result.kind === 'problem' ? result.error.code : result.kind, code);
    });
  }

  it('quotes little of what it refuses', () => {
    const result = parseLinkInput('x'.repeat(500));
    assert.ok(result.kind === 'problem' && String(result.error.args.text).length <= 60);
  });

  it('takes no longer for blanks than for other characters', () => {
    // As of a selection of empty cells: it took the square of their number, which were 19 s.
    const cells = '\t'.repeat(60_000);
    assert.equal(parseLinkInput(`https://example.org/f${cells}x`).kind, 'links');
    assert.equal(parseLinkInput(`one${cells}two`).kind, 'problem');
  });

  it('is silent while a link is only begun', () => {
    for (const text of ['h', 'http', 'https:', 'HTTPS:/', 'https://', 'http://', 'seed:/', 'ipfs://', 'hub']) {
      assert.equal(parseLinkInput(text).kind, 'unfinished', text);
    }
    assert.equal(parseLinkInput('  ').kind, 'empty');
  });
});

describe('parseDroppedLinks', () => {
  it('reads a URI list: comments and other kinds left out, each link once', () => {
    const text = '# from a page\r\nhttps://a.org/1\r\nfile:///etc/passwd\r\nhttps://a.org/2\r\nhttps://a.org/1\r\n';
    assert.deepEqual(
      parseDroppedLinks(text).map((link) => link.address),
      ['https://a.org/1', 'https://a.org/2'],
    );
  });
});

describe('linkLabel', () => {
  const cases: readonly [string, string][] = [
    ['https://a.org/x/my%20file.zip?token=1', 'my file.zip'],
    ['https://a.org/100%', '100%'],
    ['https://user:pw@a.org:8443/', 'a.org:8443'],
    ['seed://127.0.0.1:8081/what%3F', 'what?'],
    ['seed:///a?b#c', 'a?b#c'],
    [`ipfs://${CID}?filename=a%20b.bin`, 'a b.bin'],
    [`ipfs://${CID}/docs/a%20b.txt`, 'a b.txt'],
    [`ipfs://${CID}`, 'bafybeig…5fbzdi'],
  ];
  for (const [address, expected] of cases) {
    it(`calls ${address} "${expected}"`, () => assert.equal(linkLabel(address), expected));
  }
});

describe('isPrivateLink', () => {
  const cases: readonly [string, boolean][] = [
    ['https://a.org/x', false],
    ['https://a.org/x#part', false],
    ['https://user@a.org/x', true],
    ['https://a.org/x?sig=1', true],
    [`ipfs://${CID}?filename=a`, false],
    ['seed:///what?', false],
    ['seed://:key@10.0.0.7:8080/a', true],
    ['hub://:key@10.0.0.7:8090/x', true],
  ];
  for (const [address, expected] of cases) {
    it(`${expected ? 'keeps' : 'does not keep'} ${address} secret`, () =>
      assert.equal(isPrivateLink(address), expected));
  }
});
