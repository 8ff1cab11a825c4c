import type { TaskSnapshot, TaskState } from '../contract/task.ts';

/** The order in which groups are shown. */
export const GROUP_ORDER: readonly TaskState[] = ['active', 'queued', 'paused', 'failed', 'completed'];

/** Tasks by state, each group in the order in which it is shown: the queue's, but completed ones latest first. */
export function groupTasks(tasks: readonly TaskSnapshot[]): ReadonlyMap<TaskState, readonly TaskSnapshot[]> {
  const groups = new Map<TaskState, TaskSnapshot[]>();
  for (const state of GROUP_ORDER) {
    const group = tasks.filter((task) => task.status.state === state).sort(compareInGroup);
    if (group.length > 0) groups.set(state, group);
  }
  return groups;
}

function compareInGroup(left: TaskSnapshot, right: TaskSnapshot): number {
  if (left.status.state === 'completed' && right.status.state === 'completed') {
    return right.status.finishedAt - left.status.finishedAt || right.order - left.order;
  }
  return left.order - right.order || left.createdAt - right.createdAt;
}
