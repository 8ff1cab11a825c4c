import assert from 'node:assert/strict';
import { compareVersions } from '../../../src/editor/compareVersions.ts';

describe('compareVersions', () => {
  const cases: readonly [string, string, number][] = [
    ['1.2.3', '1.2.3', 0],
    ['1.10.0', '1.9.9', 1],
    ['0.1.0', '0.1.1', -1],
    ['2.0.0', '10.0.0', -1],
    ['1.0.0-next.1', '1.0.0', -1],
    ['nonsense', '0.0.0', 0],
  ];
  for (const [left, right, sign] of cases) {
    it(`${left} against ${right}`, () => {
      assert.equal(Math.sign(compareVersions(left, right)), sign);
      assert.equal(Math.sign(compareVersions(right, left)), sign === 0 ? 0 : -sign);
    });
  }
});
