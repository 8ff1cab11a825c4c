import type { TaskSnapshot } from '../contract/task.ts';

/** What canceling downloads takes away that nobody can bring back; null: nothing worth a question. */
export function lostByCancel(tasks: readonly TaskSnapshot[]): 'bytes' | 'links' | null {
  if (tasks.some(({ receivedBytes }) => receivedBytes > 0)) return 'bytes';
  // One link is soon pasted again; a whole queue is not.
  return tasks.length > 1 ? 'links' : null;
}

/** Those of which a part file would stay in its folder when they are taken off the list, with nothing that leads to it. */
export function leavingParts(tasks: readonly TaskSnapshot[]): readonly TaskSnapshot[] {
  return tasks.filter(({ status, receivedBytes }) => status.state === 'failed' && receivedBytes > 0);
}
