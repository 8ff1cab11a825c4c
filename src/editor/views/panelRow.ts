import type { PanelRow } from '../../contract/panelApi.ts';
import type { TaskSnapshot } from '../../contract/task.ts';
import { errorText } from '../errorText.ts';
import type { Translate } from '../translate.ts';

/** A task as the panel's page wants it. */
export function panelRow(task: TaskSnapshot, t: Translate): PanelRow {
  const { status } = task;
  const active = status.state === 'active' ? status : null;
  return {
    id: task.id,
    name: task.name,
    folder: task.folder,
    state: status.state,
    phase: active?.phase ?? null,
    order: task.order,
    finishedAt: status.state === 'completed' ? status.finishedAt : null,
    sizeBytes: task.sizeBytes,
    receivedBytes: task.receivedBytes,
    bytesPerSecond: active?.bytesPerSecond ?? 0,
    secondsLeft: active?.secondsLeft ?? null,
    lanes: active?.lanes ?? 0,
    note: noteOf(task, t),
    verified: status.state === 'completed' && status.verification === 'verified',
  };
}

function noteOf({ status }: TaskSnapshot, t: Translate): string | null {
  if (status.state === 'failed') return errorText(status.error, t);
  if (status.state === 'paused' && status.reason) return errorText(status.reason, t);
  if (status.state === 'active' && status.waiting) return errorText(status.waiting, t);
  return null;
}
