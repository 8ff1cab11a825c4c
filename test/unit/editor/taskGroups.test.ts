import assert from 'node:assert/strict';
import type { TaskSnapshot } from '../../../src/contract/task.ts';
import { groupTasks } from '../../../src/editor/taskGroups.ts';
import { activeStatus, sampleTask } from './sampleTask.ts';

const completed = (id: string, finishedAt: number): TaskSnapshot =>
  sampleTask({ id, status: { state: 'completed', verification: 'size-only', sha256: null, finishedAt } });

describe('groupTasks', () => {
  it('has no empty groups, and the busiest first', () => {
    const groups = groupTasks([
      completed('c', 1),
      sampleTask({ id: 'q' }),
      sampleTask({ id: 'a', status: activeStatus() }),
    ]);
    assert.deepEqual([...groups.keys()], ['active', 'queued', 'completed']);
    assert.deepEqual([...groupTasks([]).keys()], []);
  });

  it('keeps the order of the queue, and shows the latest file first', () => {
    const groups = groupTasks([
      sampleTask({ id: 'q2', order: 7 }),
      sampleTask({ id: 'q1', order: 3 }),
      completed('old', 100),
      completed('new', 200),
    ]);
    assert.deepEqual(
      groups.get('queued')?.map((task) => task.id),
      ['q1', 'q2'],
    );
    assert.deepEqual(
      groups.get('completed')?.map((task) => task.id),
      ['new', 'old'],
    );
  });
});
