import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { someAtOnce } from '../../../src/kit/someAtOnce.ts';

describe('someAtOnce', () => {
  it('works for all items, never for more than so many at once, and keeps their order', async () => {
    let now = 0;
    let most = 0;
    const results = await someAtOnce([5, 1, 4, 0, 3, 2], 3, async (turns) => {
      most = Math.max(most, ++now);
      for (let turn = 0; turn < turns; turn++) await nextTurn();
      now--;
      return turns * 10;
    });
    assert.deepEqual(results, [50, 10, 40, 0, 30, 20]);
    assert.equal(most, 3);
  });

  it('has nothing to do for none', async () =>
    assert.deepEqual(await someAtOnce([], 3, async () => assert.fail()), []));

  it('fails with the first failure', async () => {
    await assert.rejects(
      someAtOnce([1, 2], 1, async (item) => {
        throw new Error(`item ${item}`);
      }),
      { message: 'item 1' },
    );
  });
});
