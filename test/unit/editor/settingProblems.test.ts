import assert from 'node:assert/strict';
import { quoted, ToldProblems } from '../../../src/editor/settingProblems.ts';

describe('ToldProblems', () => {
  it('gives each problem once as long as it is there, and again when it comes back', () => {
    const told = new ToldProblems();
    const take = (...problems: string[]) => told.take(new Set(problems));
    assert.deepEqual(take('a'), ['a']);
    assert.deepEqual(take('a', 'b'), ['b']);
    assert.deepEqual(take(), []);
    assert.deepEqual(take('a'), ['a']);
  });
});

describe('quoted', () => {
  it('keeps a value short', () => {
    assert.equal(quoted({ a: 1 }), '{"a":1}');
    assert.equal(quoted(undefined), 'nothing');
    assert.equal(quoted('x'.repeat(500)).length, 60);
  });
});
