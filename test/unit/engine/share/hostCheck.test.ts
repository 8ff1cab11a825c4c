import assert from 'node:assert/strict';
import { isOwnHost } from '../../../../src/engine/share/hostCheck.ts';

describe('isOwnHost', () => {
  for (const host of ['127.0.0.1', '127.0.0.1:8080', 'localhost:8080', '127.9.9.9', '[::1]:8080', '192.168.1.5:8080'])
    it(`${host} is`, () => assert.ok(isOwnHost(host, '::ffff:192.168.1.5')));

  for (const host of [
    undefined,
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
    it(`${host} is not`, () => assert.ok(!isOwnHost(host, '192.168.1.5')));
});
