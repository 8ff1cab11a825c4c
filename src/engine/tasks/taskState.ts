import { TributaryError } from '../../contract/errors.ts';
import type { TaskState } from '../../contract/task.ts';

/** What can follow what. `gone` is a task that left the list. */
const MOVES: Readonly<Record<TaskState, readonly (TaskState | 'gone')[]>> = {
  queued: ['active', 'paused', 'gone'],
  // Back to queued when the engine ends: the task goes on at its next start.
  active: ['completed', 'failed', 'paused', 'queued', 'gone'],
  paused: ['queued', 'gone'],
  failed: ['queued', 'paused', 'gone'],
  completed: ['gone'],
};

export function canMove(from: TaskState, to: TaskState | 'gone'): boolean {
  return MOVES[from].includes(to);
}

/** @throws TributaryError `illegal-move` */
export function checkMove(from: TaskState, to: TaskState | 'gone'): void {
  if (!canMove(from, to)) throw new TributaryError('illegal-move', { state: from });
}
