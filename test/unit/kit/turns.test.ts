import assert from 'node:assert/strict';
import { deferred } from '../../../src/kit/deferred.ts';
import { Turns } from '../../../src/kit/turns.ts';

describe('Turns', () => {
  it('does one thing after the other, in order, whatever becomes of them', async () => {
    const turns = new Turns();
    const done: string[] = [];
    const gate = deferred<void>();
    const first = turns.take(async () => {
      await gate.promise;
      done.push('first');
    });
    const second = turns.take(async () => {
      done.push('second');
      throw new Error('it fails');
    });
    const third = turns.take(async () => done.push('third'));
    gate.resolve();
    await assert.rejects(second, /it fails/);
    await Promise.all([first, third]);
    assert.deepEqual(done, ['first', 'second', 'third']);
  });

  it('gives back what the work has found', async () => {
    assert.equal(await new Turns().take(async () => 7), 7);
  });

  it('lets work of another key go on', async () => {
    const turns = new Turns();
    const gate = deferred<void>();
    const slow = turns.take(() => gate.promise, 'a');
    assert.equal(await turns.take(async () => 'b', 'b'), 'b');
    gate.resolve();
    await slow;
  });
});
