import assert from 'node:assert/strict';
import { deferred } from '../../../src/kit/deferred.ts';

describe('deferred', () => {
  it('settles once, as it is told first', async () => {
    const resolved = deferred<number>();
    resolved.resolve(1);
    resolved.resolve(2);
    resolved.reject(new Error('late'));
    assert.equal(await resolved.promise, 1);
    const rejected = deferred<number>();
    rejected.reject('a');
    rejected.resolve(1);
    await assert.rejects(rejected.promise, (reason) => reason === 'a');
  });
});
