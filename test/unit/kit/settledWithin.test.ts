import assert from 'node:assert/strict';
import { deferred } from '../../../src/kit/deferred.ts';
import { settledWithin } from '../../../src/kit/settledWithin.ts';

describe('settledWithin', () => {
  const HOUR_MS = 3_600_000;

  it('waits for the end of the work, good or bad', async () => {
    for (const ends of ['resolve', 'reject'] as const) {
      const work = deferred<void>();
      let over = false;
      const waiting = settledWithin(HOUR_MS, work.promise).then(() => {
        over = true;
      });
      await Promise.resolve();
      assert.equal(over, false);
      if (ends === 'resolve') work.resolve();
      else work.reject(new Error('it failed'));
      await waiting;
    }
  });

  it('does not wait for ever', async () => {
    await settledWithin(1, new Promise(() => {}));
  });
});
