import assert from 'node:assert/strict';
import type { TaskState } from '../../../../src/contract/task.ts';
import { neighbourInQueue, type QueueItem, tasksToStart } from '../../../../src/engine/tasks/queue.ts';

/** `q3` is a queued task of order 3, `a1` an active one, and so on; the text is the id. */
function items(text: string): QueueItem[] {
  const states: Record<string, TaskState> = { q: 'queued', a: 'active', p: 'paused', f: 'failed', c: 'completed' };
  return text
    .split(' ')
    .filter((id) => id !== '')
    .map((id) => ({ id, state: states[id.charAt(0)] ?? 'failed', order: Number(id.slice(1)) }));
}

describe('tasksToStart', () => {
  const cases: [tasks: string, parallel: number, start: string[]][] = [
    ['', 3, []],
    ['q1', 3, ['q1']],
    ['q3 q1 q2', 3, ['q1', 'q2', 'q3']],
    ['q3 q1 q2', 2, ['q1', 'q2']],
    ['q3 q1 q2', 1, ['q1']],
    ['a1 q2 q3', 2, ['q2']],
    ['a1 a2 q3', 2, []],
    ['a1 a2 a3 q4', 2, []],
    ['p1 f2 c3 q4', 1, ['q4']],
    ['q2.5 q10 q2', 3, ['q2', 'q2.5', 'q10']],
  ];
  for (const [tasks, parallel, start] of cases) {
    it(`of "${tasks}", ${parallel} at once: ${start.join(' ') || 'none'}`, () => {
      assert.deepEqual(tasksToStart(items(tasks), parallel), start);
    });
  }
});

describe('neighbourInQueue', () => {
  const cases: [tasks: string, id: string, direction: 'up' | 'down', neighbour: string | null][] = [
    ['q1 q2 q3', 'q2', 'up', 'q1'],
    ['q1 q2 q3', 'q2', 'down', 'q3'],
    ['q3 q1 q2', 'q2', 'up', 'q1'],
    ['q1 q2', 'q1', 'up', null],
    ['q1 q2', 'q2', 'down', null],
    ['q1', 'q1', 'down', null],
    // Only who waits has a place.
    ['q1 a2 q3', 'q3', 'up', 'q1'],
    ['q1 p2', 'q1', 'down', null],
    ['q1 p2', 'p2', 'up', null],
    ['q1', 'q9', 'up', null],
  ];
  for (const [tasks, id, direction, neighbour] of cases) {
    it(`${direction} of ${id} in "${tasks}" is ${neighbour}`, () => {
      assert.equal(neighbourInQueue(items(tasks), id, direction), neighbour);
    });
  }
});
