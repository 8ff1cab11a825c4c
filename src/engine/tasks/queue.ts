import type { TaskId, TaskState } from '../../contract/task.ts';

/** What the queue has to know of a task. */
export interface QueueItem {
  readonly id: TaskId;
  readonly state: TaskState;
  readonly order: number;
}

/** Tasks that may start now, in order: as many of the queued ones as there are free places. */
export function tasksToStart(items: Iterable<QueueItem>, parallelTasks: number): TaskId[] {
  let running = 0;
  const queued: QueueItem[] = [];
  for (const item of items) {
    if (item.state === 'active') running++;
    else if (item.state === 'queued') queued.push(item);
  }
  const free = parallelTasks - running;
  if (free <= 0) return [];
  return queued
    .sort((a, b) => a.order - b.order)
    .slice(0, free)
    .map((item) => item.id);
}

/** The queued task that changes places with this one; null at the end of the queue or when it does not wait. */
export function neighbourInQueue(items: Iterable<QueueItem>, id: TaskId, direction: 'up' | 'down'): TaskId | null {
  const queued = [...items].filter((item) => item.state === 'queued').sort((a, b) => a.order - b.order);
  const index = queued.findIndex((item) => item.id === id);
  if (index < 0) return null;
  return queued[direction === 'up' ? index - 1 : index + 1]?.id ?? null;
}
