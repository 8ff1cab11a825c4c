import type { PanelRow } from '../../contract/panelApi.ts';
import type { TaskSnapshot } from '../../contract/task.ts';
import { formatBytes } from '../../kit/format.ts';
import { errorText } from '../errorText.ts';
import { isMendedByLink, waitsForLink } from '../taskItem.ts';
import { failureText, waitsForRetry } from '../taskText.ts';
import type { Translate } from '../translate.ts';

/** A Metalink may name a hundred, and rows are sent four times a second. */
const MOST_SOURCES = 6;

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
    needsLink: waitsForLink(task) || (status.state === 'failed' && isMendedByLink(status.error)),
    waitsForRetry: waitsForRetry(task),
    limitBytesPerSecond: task.limitBytesPerSecond,
    ...panelSources(task, t),
  };
}

function panelSources({ status, sources }: TaskSnapshot, t: Translate): Pick<PanelRow, 'sources' | 'furtherSources'> {
  if (status.state === 'completed' || sources.length < 2) return { sources: [], furtherSources: 0 };
  const shown = sources.slice(0, MOST_SOURCES).map(({ address, receivedBytes, error }) => ({
    address,
    amount: receivedBytes === 0 ? '' : formatBytes(receivedBytes),
    problem: error === null ? null : errorText(error, t),
  }));
  return { sources: shown, furtherSources: sources.length - shown.length };
}

function noteOf(task: TaskSnapshot, t: Translate): string | null {
  const { status } = task;
  if (status.state === 'failed') return failureText(task, status.error, t);
  if (status.state === 'paused' && status.reason) return errorText(status.reason, t);
  if (status.state === 'active' && status.waiting) return errorText(status.waiting, t);
  return null;
}
