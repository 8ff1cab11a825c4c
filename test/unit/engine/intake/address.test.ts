import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../../src/contract/errors.ts';
import { displayAddress, parseAddress, withoutQueryValues } from '../../../../src/engine/intake/address.ts';
import { assertCode, thrown } from '../assertCode.ts';

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

describe('parseAddress', () => {
  const links: [text: string, url: string][] = [
    ['http://example.com', 'http://example.com/'],
    ['HTTPS://Example.COM/A', 'https://example.com/A'],
    ['  https://example.com/a\n', 'https://example.com/a'],
    ['https://example.com/a b/c d.zip', 'https://example.com/a%20b/c%20d.zip'],
    ['https://example.com/a%20b', 'https://example.com/a%20b'],
    ['https://example.com/a%2Fb%252F', 'https://example.com/a%2Fb%252F'],
    ['https://example.com/a?b=c#part', 'https://example.com/a?b=c'],
    ['https://example.com/ü.bin', 'https://example.com/%C3%BC.bin'],
    ['https://münchen.example/x', 'https://xn--mnchen-3ya.example/x'],
    ['http://[2001:DB8:0:0::1]:8080/x', 'http://[2001:db8::1]:8080/x'],
    ['http://[::1]:80/x', 'http://[::1]/x'],
    ['http://127.0.0.1:1/', 'http://127.0.0.1:1/'],
    ['http://host:65535/', 'http://host:65535/'],
    ['https://host:443/', 'https://host/'],
  ];
  for (const [text, url] of links) {
    it(`reads ${JSON.stringify(text)}`, () => assert.equal(parseAddress(text).url, url));
  }

  const refused: [text: string, code: ErrorCode][] = [
    ['', 'not-a-link'],
    ['   ', 'not-a-link'],
    ['example.com/file.zip', 'not-a-link'],
    ['localhost:8080/file.zip', 'not-a-link'],
    ['//example.com/file.zip', 'not-a-link'],
    ['/home/somebody/file.zip', 'not-a-link'],
    ['C:\\Users\\somebody\\file.zip', 'not-a-link'],
    ['mailto:somebody@example.com', 'not-a-link'],
    ['data:text/plain,hello', 'not-a-link'],
    ['http:', 'not-a-link'],
    ['http:foo', 'not-a-link'],
    ['http:/foo', 'not-a-link'],
    ['http://', 'not-a-link'],
    ['http:///foo', 'not-a-link'],
    ['http://?x', 'not-a-link'],
    ['http://host:65536/', 'not-a-link'],
    ['http://host:port/', 'not-a-link'],
    ['http://[::1/', 'not-a-link'],
    ['http://a b/c', 'not-a-link'],
    ['https://example.com/a\nhttps://example.com/b', 'not-a-link'],
    ['https://example.com/a\tb', 'not-a-link'],
    ['ftp://example.com/file', 'scheme-unsupported'],
    ['file:///etc/passwd', 'scheme-unsupported'],
    ['javascript://x', 'scheme-unsupported'],
    ['git+ssh://x/y', 'scheme-unsupported'],
    ['hub://localhost:8090/id', 'bad-option'],
    ['ipfs://bafy/file', 'not-a-link'],
  ];
  for (const [text, code] of refused) {
    it(`refuses ${JSON.stringify(text)} as ${code}`, () => {
      assertCode(
        thrown(() => parseAddress(text)),
        code,
      );
    });
  }

  it('makes credentials of the user info and takes it out of everything else', () => {
    const address = parseAddress('https://user:p%40ss%3Aw%C3%B6rd@example.com:8443/a?b=c');
    assert.equal(address.authorization, basic('user:p@ss:wörd'));
    assert.equal(address.url, 'https://example.com:8443/a?b=c');
    assert.equal(address.display, 'https://example.com:8443/a');
    assert.equal(address.host, 'example.com:8443');
  });

  const userInfos: [userInfo: string, pair: string | null][] = [
    ['user@', 'user:'],
    ['user:@', 'user:'],
    [':word@', ':word'],
    ['@', null],
    ['my user:my word@', 'my user:my word'],
    // No valid escape: taken as it stands.
    ['user:100%@', 'user:100%'],
  ];
  for (const [userInfo, pair] of userInfos) {
    it(`reads the user info ${JSON.stringify(userInfo)}`, () => {
      const { authorization, url } = parseAddress(`http://${userInfo}example.com/`);
      assert.equal(authorization, pair === null ? null : basic(pair));
      assert.equal(url, 'http://example.com/');
    });
  }

  const privateNames = [
    ...['X-Amz-Signature', 'X-Amz-Credential', 'x-goog-signature', 'sig', 'Signature', 'token', 'access_token'],
    ...['accesstoken', 'auth_token', 'api_key', 'apikey', 'key', 'password', 'PASSWD', 'pwd', 'Policy', 'Key-Pair-Id'],
    ...['AWSAccessKeyId', 'client_secret', 'jwt', 'q-signature', 'session'],
    ...['api-key', 'sign', 'hmac', 'auth_key', 'pass', 'passphrase', 'ticket', 'sas'],
  ];
  for (const name of privateNames) {
    it(`takes the query name ${name} for a secret`, () => {
      assert.equal(parseAddress(`https://example.com/f?a=b&${name}=c`).privateQuery, true);
    });
  }
  for (const query of ['', '?', '?download=1', '?v=2&lang=en', '?keyboard=us', '?id=12&page=3', '?filename=a.zip']) {
    it(`takes ${JSON.stringify(query)} for harmless`, () => {
      assert.equal(parseAddress(`https://example.com/f${query}`).privateQuery, false);
    });
  }
});

describe('the message about text that is no link', () => {
  const secrets = [
    'user:hush@example.com/file',
    'https://user:hush@ex ample.com/file',
    'https://user:x@hush@ex ample.com/file',
    'https://user:x/hush@example.com/file',
    'https://user:hush?x@example.com/file',
    'https://user:hush#x@example.com/file',
    'https://user:x hush@ex ample.com/',
    'https://exa mple.com/file?token=hush',
    'https://exa mple.com/file#hush',
    'http:user:hush@example.com/',
    '//user:hush@example.com/file',
    'htp://user:hush@example.com/file',
    'curl https://user:hush@example.com/file',
    'example.com/file?token=hush',
  ];
  for (const text of secrets) {
    it(`does not repeat the secret of ${text}`, () => {
      const error = thrown(() => parseAddress(text));
      assert.doesNotMatch(JSON.stringify(error.toInfo()) + error.message, /hush/);
    });
  }

  it('is short and of one line', () => {
    const { message } = thrown(() => parseAddress(`nonsense ${'x'.repeat(1e6)}\n\nmore`));
    assert.ok(message.length < 200);
    assert.doesNotMatch(message, /\n/);
  });
});

describe('displayAddress and withoutQueryValues', () => {
  it('show origin and path only', () => {
    assert.equal(displayAddress(new URL('https://u:p@example.com:8443/a/b?c=d#e')), 'https://example.com:8443/a/b');
  });

  it('keep the names of a query, in order and repeated, and drop every value', () => {
    assert.equal(withoutQueryValues('https://example.com/a?b=1&c=2&b=3&d'), 'https://example.com/a?b=&c=&b=&d=');
    assert.equal(withoutQueryValues('https://example.com/a'), 'https://example.com/a');
  });
});
