import assert from 'node:assert/strict';
import type { TaskState } from '../../../../src/contract/task.ts';
import { canMove, checkMove } from '../../../../src/engine/tasks/taskState.ts';
import { assertCode, thrown } from '../assertCode.ts';

const STATES = ['queued', 'active', 'paused', 'failed', 'completed'] as const;

describe('the states of a task', () => {
  const moves: Record<TaskState, string> = {
    queued: 'active paused gone',
    active: 'completed failed paused queued gone',
    paused: 'queued gone',
    failed: 'queued paused gone',
    completed: 'gone',
  };
  for (const from of STATES) {
    it(`${from}: only to ${moves[from]}`, () => {
      for (const to of [...STATES, 'gone'] as const) {
        const legal = moves[from].split(' ').includes(to);
        assert.equal(canMove(from, to), legal, to);
        if (legal) checkMove(from, to);
        else
          assertCode(
            thrown(() => checkMove(from, to)),
            'illegal-move',
          );
      }
    });
  }
});
