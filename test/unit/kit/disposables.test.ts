import assert from 'node:assert/strict';
import { DisposableList } from '../../../src/kit/disposables.ts';

describe('DisposableList', () => {
  function closing(into: string[], name: string): { dispose(): void } {
    return { dispose: () => void into.push(name) };
  }

  it('closes in reverse order, once', () => {
    const closed: string[] = [];
    const list = new DisposableList();
    for (const name of ['a', 'b', 'c']) list.add(closing(closed, name));
    list.dispose();
    list.dispose();
    assert.deepEqual(closed, ['c', 'b', 'a']);
  });

  it('returns what was added', () => {
    const item = { dispose: () => {}, name: 'x' };
    assert.equal(new DisposableList().add(item).name, 'x');
  });

  it('closes at once what is added too late', () => {
    const closed: string[] = [];
    const list = new DisposableList();
    list.dispose();
    list.add(closing(closed, 'late'));
    assert.deepEqual(closed, ['late']);
  });

  it('closes at once what is added while it closes', () => {
    const closed: string[] = [];
    const list = new DisposableList();
    list.add({ dispose: () => void list.add(closing(closed, 'late')) });
    list.dispose();
    assert.deepEqual(closed, ['late']);
  });

  it('closes all the others when one fails, and tells of the failure', () => {
    const closed: string[] = [];
    const list = new DisposableList();
    list.add(closing(closed, 'a'));
    list.add({
      dispose: () => {
        throw new Error('a fault');
      },
    });
    list.add(closing(closed, 'c'));
    assert.throws(() => list.dispose(), /a fault/);
    assert.deepEqual(closed, ['c', 'a']);
  });
});
