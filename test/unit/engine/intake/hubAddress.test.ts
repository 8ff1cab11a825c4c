import assert from 'node:assert/strict';
import { hubLink, parseHubAddress, parseHubLink, withHubKey } from '../../../../src/engine/intake/hubAddress.ts';

const FID = '0b6f8a3e-1c2d-4e5f-8a9b-0c1d2e3f4a5b';

describe('parseHubLink', () => {
  const good: readonly (readonly [text: string, url: string, key: string | null])[] = [
    [`hub://127.0.0.1:8090/${FID}`, `hub://127.0.0.1:8090/${FID}`, null],
    [` HUB://LocalHost/${FID} `, `hub://localhost:8090/${FID}`, null],
    [`hub://h:80/${FID}`, `hub://h:80/${FID}`, null],
    [`hub://[::1]:7/${FID}`, `hub://[::1]:7/${FID}`, null],
    [`hub://:p%20w@h:1/${FID}`, `hub://h:1/${FID}`, 'p w'],
    [`hub://key@h:80/${FID}`, `hub://h:80/${FID}`, 'key'],
    [`hub://h:1/${FID.replaceAll('-', '')}`, `hub://h:1/${FID.replaceAll('-', '')}`, null],
  ];
  for (const [text, url, key] of good) {
    it(text, () => {
      const address = parseHubLink(text);
      assert.deepEqual([address.kind, address.url, address.display, address.authorization], ['hub', url, url, key]);
    });
  }
  for (const text of [
    'hub://',
    'hub:///x',
    `hub:///${FID}`,
    'hub://h:1',
    'hub://h:1/',
    'hub://h:1/x',
    `hub://h:1/${FID}/a`,
    `hub://h:1/${FID}?a`,
    `hub://h:x/${FID}`,
    `hub://h h/${FID}`,
    `hub:h/${FID}`,
  ]) {
    it(`refuses ${text}`, () =>
      assert.throws(() => parseHubLink(text), { code: 'bad-option', message: /write hub:\/\/host:port\/<fid>\.$/ }));
  }

  it('withHubKey gives a link the key that it lacks, and leaves other links alone', () => {
    assert.equal(parseHubLink(withHubKey(` hub://h:1/${FID}`, 'p/w @1')).authorization, 'p/w @1');
    for (const [text, key] of [
      [`hub://:own@h:1/${FID}`, 'key'],
      ['https://h/x', 'key'],
      [`hub://h:1/${FID}`, null],
    ] as const)
      assert.equal(withHubKey(text, key), text);
  });

  it('never repeats a key', () => {
    assert.throws(
      () => parseHubLink('hub://:secret@h:1/x'),
      (error: Error) => !error.message.includes('secret'),
    );
    assert.throws(
      () => parseHubAddress('hub://:secret@h:1/x'),
      (error: Error) => !error.message.includes('secret'),
    );
  });
});

describe('parseHubAddress', () => {
  const good: readonly (readonly [text: string, host: string, port: number, key: string | null])[] = [
    ['127.0.0.1:8090', '127.0.0.1', 8090, null],
    ['lab', 'lab', 8090, null],
    [' Lab.Example:80 ', 'lab.example', 80, null],
    ['hub://lab:9/', 'lab', 9, null],
    ['hub://:k@lab', 'lab', 8090, 'k'],
    ['[::1]:5', '[::1]', 5, null],
  ];
  for (const [text, host, port, key] of good)
    it(text, () => assert.deepEqual(parseHubAddress(text), { host, port, key }));
  for (const text of ['', ' ', 'a b', 'h:0', 'h:99999', 'http://h', 'h/x', `hub://h:1/${FID}`, 'h?x', 'h#x'])
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseHubAddress(text), { code: 'bad-option' }));

  it('and hubLink give the link of a file', () => {
    const link = hubLink(parseHubAddress('[::1]:5'), FID);
    assert.equal(parseHubLink(link).url, link);
  });
});
