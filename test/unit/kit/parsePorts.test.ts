import assert from 'node:assert/strict';
import { formatPorts, parsePorts } from '../../../src/kit/parsePorts.ts';

describe('parsePorts', () => {
  const cases: readonly [string, number[] | null][] = [
    ['8080', [8080]],
    ['8080-8082', [8080, 8081, 8082]],
    [' 8080 - 8081 , 9000,8080', [8080, 8081, 9000]],
    ['', null],
    ['0', null],
    ['8082-8080', null],
    ['65535-65536', null],
    ['1-20', null],
    ['1-9,11-19', null],
    ['http', null],
  ];
  for (const [text, expected] of cases) {
    it(`reads "${text}" as ${expected}`, () => assert.deepEqual(parsePorts(text, 16), expected));
  }
});

describe('formatPorts', () => {
  it('says runs by their ends', () => {
    assert.equal(formatPorts([8081, 8080, 8082, 9000, 9000]), '8080-8082, 9000');
    assert.equal(formatPorts([]), '');
  });
});
