import assert from 'node:assert/strict';
import { type UploadPlace, UploadPlaces } from '../../../../src/engine/share/uploadPlaces.ts';
import { useScope } from '../../../support/scope.ts';
import { waitFor } from '../../../support/waitFor.ts';

const signal = new AbortController().signal;

describe('UploadPlaces', () => {
  const scope = useScope();

  /** Those who were let in so far, by their number. */
  function letIn(places: UploadPlaces, owners: readonly object[]): Map<number, UploadPlace> {
    const inside = new Map<number, UploadPlace>();
    for (const [n, owner] of owners.entries())
      void places.take(owner, { signal }).then((place) => {
        inside.set(n, place);
        scope.defer(() => place.leave());
      });
    return inside;
  }

  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('nobody takes more than is left for all others, and whoever came first goes first', async () => {
    const places = new UploadPlaces({ places: 4, lookMs: 1e6, leastBytesPerSecond: 1 });
    const [anna, bob, cora] = [{}, {}, {}];
    const inside = letIn(places, [anna, anna, anna, bob, bob, cora]);
    await turn();
    assert.deepEqual([...inside.keys()], [0, 1, 3, 5]);
    inside.get(5)?.leave();
    await turn();
    assert.deepEqual([...inside.keys()], [0, 1, 3, 5]);
    inside.get(0)?.leave();
    await turn();
    assert.deepEqual([...inside.keys()], [0, 1, 3, 5, 2]);
  });

  it('the slowest gives way when somebody waits, but none that has everything', async () => {
    const places = new UploadPlaces({ places: 3, lookMs: 50, leastBytesPerSecond: 1e6 });
    const inside = letIn(places, [{}, {}, {}]);
    await turn();
    inside.get(0)?.complete();
    const late = letIn(places, [{}]);
    inside.get(1)?.received(10);
    inside.get(2)?.lost.addEventListener('abort', () => inside.get(2)?.leave());
    await waitFor('the other one to be let in', () => late.size === 1);
    assert.deepEqual(
      [0, 1, 2].map((n) => inside.get(n)?.lost.aborted),
      [false, false, true],
    );
  });

  it('forgets who does not wait any more', async () => {
    const places = new UploadPlaces({ places: 1, lookMs: 1e6, leastBytesPerSecond: 1 });
    const inside = letIn(places, [{}]);
    await turn();
    const stop = new AbortController();
    const waiting = places.take({}, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    await assert.rejects(places.take({}, { signal: stop.signal }), /enough/);
    inside.get(0)?.leave();
    assert.equal((await places.take({}, { signal })).lost.aborted, false);
  });
});
