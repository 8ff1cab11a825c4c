import type { TaskSnapshot } from '../contract/task.ts';
import { waitsForRetry } from './taskText.ts';

const TROUBLE = { id: 'warning', color: 'list.warningForeground' };

/** Before a file of others that is, or was, downloaded; null: the icon of its type. */
export function downloadIcon(task: TaskSnapshot | null): { readonly id: string; readonly color: string | null } | null {
  if (task === null) return null;
  const { status } = task;
  switch (status.state) {
    case 'completed':
      return { id: 'pass', color: 'charts.green' };
    case 'failed':
      return waitsForRetry(task) ? TROUBLE : { id: 'error', color: 'list.errorForeground' };
    case 'paused':
      return status.reason ? TROUBLE : { id: 'debug-pause', color: null };
    case 'queued':
      return { id: 'history', color: null };
    case 'active':
      return { id: 'arrow-down', color: null };
  }
}
