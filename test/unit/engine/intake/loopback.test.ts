import assert from 'node:assert/strict';
import { isLoopback } from '../../../../src/engine/intake/loopback.ts';

describe('isLoopback', () => {
  for (const host of ['localhost', 'LocalHost', '127.0.0.1', '127.1.2.3', '127.255.255.255', '::1', '[::1]'])
    it(`${host} is`, () => assert.ok(isLoopback(host)));

  const others = [
    '10.0.0.1',
    '127.0.0.1.example',
    '1270.0.0.1',
    '127.0.0.256',
    '127.1',
    '::',
    '0.0.0.0',
    '',
    'localhost.example',
  ];
  for (const host of others) it(`${host} is not`, () => assert.ok(!isLoopback(host)));
});
