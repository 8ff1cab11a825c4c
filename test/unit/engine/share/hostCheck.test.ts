import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { isOwnHost } from '../../../../src/engine/share/hostCheck.ts';

describe('isOwnHost', () => {
  for (const host of ['127.0.0.1', '127.0.0.1:8080', 'localhost:8080', '127.9.9.9', '[::1]:8080', '192.168.1.5:8080'])
    it(`${host} is`, () => assert.ok(isOwnHost(host, { host: '::', localAddress: '::ffff:192.168.1.5' })));

  for (const host of [
    '',
    ':8080',
    'evil.example',
    '127.0.0.1.evil.example',
    '192.168.1.6',
    'localhost.evil.example',
    '127.0.0.1@evil.example',
    '[::2]',
    '127.0.0.1:8080:80',
    '127.0.0.1:abc',
    '2130706433',
  ])
    it(`${host} is not`, () => assert.ok(!isOwnHost(host, { host: '0.0.0.0', localAddress: '192.168.1.5' })));

  const named: [host: string, listensOn: string, expected: boolean][] = [
    ['Seed.example:8080', 'seed.example', true],
    ['seed.example', 'SEED.example', true],
    ['other.example', 'seed.example', false],
    [hostname(), 'seed.example', false],
    [hostname(), '0.0.0.0', true],
    [`${hostname().toUpperCase()}:8080`, '::', true],
    [`${hostname()}.evil.example`, '0.0.0.0', false],
    [hostname(), '127.0.0.1', false],
    [hostname(), 'localhost', false],
    ['127.0.0.2.evil.example', '127.0.0.2', false],
  ];
  for (const [host, listensOn, expected] of named)
    it(`${host} is ${expected ? '' : 'not '}where ${listensOn} is listened on`, () =>
      assert.equal(isOwnHost(host, { host: listensOn, localAddress: '192.168.1.5' }), expected));
});
