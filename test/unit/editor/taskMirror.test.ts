import assert from 'node:assert/strict';
import { type MirrorChange, TaskMirror } from '../../../src/editor/taskMirror.ts';
import { activeStatus, sampleTask } from './sampleTask.ts';

describe('TaskMirror', () => {
  let mirror: TaskMirror;
  let heard: MirrorChange[];

  beforeEach(() => {
    mirror = new TaskMirror();
    heard = [];
    mirror.onDidChange((change) => heard.push(change));
  });

  const summary = () =>
    heard.map(({ changes, first }) => ({
      first,
      changes: changes.map(
        ({ id, before, after }) => `${id}: ${before?.status.state ?? '-'} → ${after?.status.state ?? '-'}`,
      ),
    }));

  it('tells the first list from later ones', () => {
    mirror.replaceAll([sampleTask({ id: 'a' })]);
    mirror.replaceAll([sampleTask({ id: 'b' })]);
    assert.deepEqual(summary(), [
      { first: true, changes: ['a: - → queued'] },
      { first: false, changes: ['b: - → queued', 'a: queued → -'] },
    ]);
    assert.deepEqual(
      mirror.tasks.map((task) => task.id),
      ['b'],
    );
  });

  it('waits for the first list', () => {
    mirror.apply({ tasks: [sampleTask({ id: 'a' })], removed: [] });
    assert.deepEqual(mirror.tasks, []);
    mirror.replaceAll([]);
    assert.deepEqual(summary(), [{ first: true, changes: [] }]);
  });

  it('fires once for a message, however many tasks it is about', () => {
    mirror.replaceAll(Array.from({ length: 500 }, (_, index) => sampleTask({ id: `t${index}` })));
    mirror.apply({ tasks: [sampleTask({ id: 't1', status: activeStatus() })], removed: ['t2', 'unknown'] });
    assert.equal(heard.length, 2);
    assert.deepEqual(summary()[1], { first: false, changes: ['t1: queued → active', 't2: queued → -'] });
    assert.equal(mirror.tasks.length, 499);
  });

  it('shows no speed while no engine is there', () => {
    mirror.replaceAll([sampleTask({ id: 'a', status: activeStatus() }), sampleTask({ id: 'q' })]);
    mirror.markDisconnected();
    assert.deepEqual(
      mirror.get('a')?.status,
      activeStatus({ phase: 'connecting', bytesPerSecond: 0, secondsLeft: null, lanes: 0 }),
    );
    assert.deepEqual(summary()[1]?.changes, ['a: active → active']);
  });
});
