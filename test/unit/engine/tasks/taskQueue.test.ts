import assert from 'node:assert/strict';
import type { TaskId } from '../../../../src/contract/task.ts';
import { Task } from '../../../../src/engine/tasks/task.ts';
import { TaskQueue } from '../../../../src/engine/tasks/taskQueue.ts';
import { Throttle } from '../../../../src/engine/transfer/throttle.ts';
import { systemClock } from '../../../../src/kit/clock.ts';
import { type Deferred, deferred } from '../../../../src/kit/deferred.ts';
import { sampleRecord } from './sampleRecord.ts';

describe('TaskQueue', () => {
  const tasks = new Map<TaskId, Task>();
  let runs: { readonly id: TaskId; readonly gate: Deferred<void>; readonly signal: AbortSignal }[];
  let queue: TaskQueue;

  beforeEach(() => {
    runs = [];
    tasks.clear();
    queue = new TaskQueue({
      get: (id) => tasks.get(id) ?? assert.fail(`${id} is gone`),
      run: async (task, { signal }) => {
        const gate = deferred<void>();
        runs.push({ id: task.id, gate, signal });
        await gate.promise;
      },
      onEnd: () => {},
    });
    queue.places = 1;
  });

  function wait(id: string): Task {
    const order = tasks.size + 1;
    const task = new Task(sampleRecord({ id, order }), {}, new Throttle(systemClock));
    tasks.set(id, task);
    queue.lineUp(task);
    return task;
  }

  /** The run has found out how the task ends. */
  async function end(task: Task): Promise<void> {
    const { run } = task;
    task.status = { state: 'paused', reason: null };
    runs.find(({ id }) => id === task.id)?.gate.resolve();
    await run?.ended;
  }

  const begun = (): string[] => runs.map(({ id }) => id);

  it('starts nothing before it is open, then one after the other, and nothing once it is closed', async () => {
    const [a, b] = ['a', 'b', 'c'].map(wait);
    assert.ok(a !== undefined && b !== undefined);
    queue.startNext();
    assert.deepEqual(begun(), []);
    queue.open();
    assert.deepEqual([begun(), queue.running], [['a'], 1]);
    await end(a);
    assert.deepEqual(begun(), ['a', 'b']);
    queue.close();
    await end(b);
    assert.deepEqual([begun(), queue.running], [['a', 'b'], 0]);
  });

  it('passes over who is held, until it is let go', () => {
    const [a] = ['a', 'b'].map(wait);
    assert.ok(a !== undefined);
    queue.hold(a);
    queue.open();
    queue.letGo(a);
    assert.deepEqual([begun(), queue.neighbour('a', 'up')], [['b'], null]);
    queue.places = 2;
    assert.deepEqual(begun(), ['b', 'a']);
  });

  it('passes over who is held by two, until both have let it go', () => {
    const [a] = ['a'].map(wait);
    assert.ok(a !== undefined);
    queue.hold(a);
    queue.hold(a);
    queue.open();
    queue.letGo(a);
    queue.startNext();
    assert.deepEqual(begun(), []);
    queue.letGo(a);
    queue.startNext();
    assert.deepEqual(begun(), ['a']);
  });

  it('never starts again what was removed, whoever still works on it', () => {
    const [a] = ['a', 'b'].map(wait);
    assert.ok(a !== undefined);
    queue.remove(a);
    tasks.delete('a');
    queue.lineUp(a);
    queue.letGo(a);
    queue.open();
    assert.deepEqual(begun(), ['b']);
  });

  it('tells a run why it is stopped, and waits until it has ended', async () => {
    const a = wait('a');
    queue.open();
    const stopped = queue.stop(a, 'paused');
    assert.equal(runs[0]?.signal.reason, 'paused');
    await end(a);
    await stopped;
    assert.equal(queue.running, 0);
  });
});
