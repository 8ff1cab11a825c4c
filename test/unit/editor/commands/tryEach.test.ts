import assert from 'node:assert/strict';
import { tryEach } from '../../../../src/editor/commands/tryEach.ts';

describe('tryEach', () => {
  it('goes on after a failure, one after the other, and throws the first at the end', async () => {
    const tried: number[] = [];
    const run = async (item: number) => {
      tried.push(item);
      if (item !== 1) throw new Error(`no ${item}`);
    };
    await assert.rejects(tryEach([0, 1, 2], run), /no 0/);
    assert.deepEqual(tried, [0, 1, 2]);
    await tryEach([1], run);
  });
});
