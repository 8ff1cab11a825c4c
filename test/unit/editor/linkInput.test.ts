import assert from 'node:assert/strict';
import { isPrivateLink, linkLabel, parseDroppedLinks, parseLinkInput } from '../../../src/editor/linkInput.ts';

const SHA256 = 'a'.repeat(64);

describe('parseLinkInput', () => {
  const accepted: readonly [string, (readonly [string, string | null])[]][] = [
    ['https://example.org/a.zip', [['https://example.org/a.zip', null]]],
    ['  HTTP://example.org  ', [['HTTP://example.org', null]]],
    ['http://[::1]:8080/a', [['http://[::1]:8080/a', null]]],
    ['https://user:secret@example.org/a', [['https://user:secret@example.org/a', null]]],
    ['https://example.org/my file.zip', [['https://example.org/my file.zip', null]]],
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
    ['seed://h/a', 'not-supported-yet'],
    ['ipfs://cid', 'not-supported-yet'],
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

  it('is silent while a link is only begun', () => {
    for (const text of ['h', 'http', 'https:', 'HTTPS:/', 'https://', 'http://']) {
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
  ];
  for (const [address, expected] of cases) {
    it(`${expected ? 'keeps' : 'does not keep'} ${address} secret`, () =>
      assert.equal(isPrivateLink(address), expected));
  }
});
