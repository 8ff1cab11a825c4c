import type { TaskId, TaskState } from '../../contract/task.ts';

/** What a line of the Downloads view stands for; item commands get it as their argument. */
export type TreeNode = TaskNode | { readonly kind: 'group'; readonly state: TaskState };

export interface TaskNode {
  readonly kind: 'task';
  readonly id: TaskId;
}

export function isTreeNode(value: unknown): value is TreeNode {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  return (value.kind === 'task' && 'id' in value) || (value.kind === 'group' && 'state' in value);
}
