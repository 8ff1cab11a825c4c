import type { TaskSnapshot } from '../contract/task.ts';

/** Before a file of others that is, or was, downloaded; null: the icon of its type. */
export function downloadIcon(task: TaskSnapshot | null): { readonly id: string; readonly color: string | null } | null {
  switch (task?.status.state) {
    case undefined:
      return null;
    case 'completed':
      return { id: 'pass', color: 'charts.green' };
    case 'failed':
      return { id: 'error', color: 'list.errorForeground' };
    case 'paused':
      return { id: 'debug-pause', color: null };
    case 'queued':
      return { id: 'history', color: null };
    case 'active':
      return { id: 'arrow-down', color: null };
  }
}
