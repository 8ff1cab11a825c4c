import assert from 'node:assert/strict';
import { iconPath } from '../../../src/editor/iconPath.ts';

describe('iconPath', () => {
  const cases = [
    ['model.bin', '/model.bin'],
    ['/model.bin', '/model.bin'],
    ['//model.bin', '/model.bin'],
    ['a/b.txt', '/b.txt'],
    ['a/', '/'],
    ['', '/'],
  ] as const;
  for (const [name, expected] of cases) {
    it(`is ${expected} for "${name}"`, () => assert.equal(iconPath(name), expected));
  }
});
