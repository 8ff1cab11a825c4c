import assert from 'node:assert/strict';
import { once } from 'node:events';
import { HashThreads } from '../../../../src/engine/disk/hashThreads.ts';
import { deferred } from '../../../../src/kit/deferred.ts';
import { useScope } from '../../../support/scope.ts';

describe('HashThreads', () => {
  const scope = useScope();

  it('gives a thread that has had nothing to do for so long to nobody while it ends', async () => {
    const threads = new HashThreads({ idleMs: 1 });
    const first = threads.take();
    const ending = deferred<void>();
    const terminate = first.terminate.bind(first);
    first.terminate = () => {
      ending.resolve();
      return terminate();
    };
    const ended = once(first, 'exit');
    threads.giveBack(first);
    await ending.promise;
    const next = threads.take();
    scope.defer(() => next.terminate());
    assert.notEqual(next, first);
    await ended;
  });
});
