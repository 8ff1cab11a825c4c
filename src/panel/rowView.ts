import type { PanelRow, PanelStrings, RowAction } from '../contract/panelApi.ts';
import type { TaskState } from '../contract/task.ts';
import { formatBytes, formatDuration, formatRate, percentOf } from '../kit/format.ts';
import { fill } from './fill.ts';

/** What one row of the page shows. */
export interface RowView {
  /** Null hides the number: the size is not known, or there is nothing to count any more. */
  readonly percentText: string | null;
  /** Null: no bar. `unknown`: something happens, nobody knows how much. */
  readonly bar: number | 'unknown' | null;
  readonly details: string;
  /** A sentence about what is wrong. */
  readonly problem: string | null;
  readonly severity: 'error' | 'warning' | null;
  readonly actions: readonly RowAction[];
  /** What a person most likely wants to do about the problem; shown as a button with its name. */
  readonly remedy: RowAction | null;
}

const ACTIONS: Readonly<Record<TaskState, readonly RowAction[]>> = {
  active: ['copyLink', 'pause', 'cancel'],
  queued: ['moveUp', 'moveDown', 'copyLink', 'pause', 'cancel'],
  paused: ['copyLink', 'resume', 'cancel'],
  failed: ['copyLink', 'retry', 'remove'],
  completed: ['copyLink', 'copySha256', 'revealFile', 'openFile', 'remove'],
};

const RETRIED_ACTIONS: readonly RowAction[] = ['copyLink', 'retry', 'pause', 'remove'];

export function rowView(row: PanelRow, strings: PanelStrings): RowView {
  const percent = percentOf(row.receivedBytes, row.sizeBytes);
  const completed = row.state === 'completed';
  return {
    percentText: percent === null || completed ? null : `${percent} %`,
    bar: completed ? null : (percent ?? (row.state === 'active' ? 'unknown' : null)),
    details: details(row, strings).filter(Boolean).join(' · '),
    problem: row.note,
    severity: row.note === null ? null : row.state === 'failed' && !row.waitsForRetry ? 'error' : 'warning',
    actions: row.waitsForRetry ? RETRIED_ACTIONS : ACTIONS[row.state],
    remedy: row.needsLink ? 'replaceLink' : null,
  };
}

function details(row: PanelRow, strings: PanelStrings): string[] {
  switch (row.state) {
    case 'active': {
      // While it waits, the speed fades away over some seconds: a time left of days would be computed from the rest.
      if (row.note !== null) return [strings.waiting, amount(row, strings), limit(row, strings)];
      if (row.phase !== null && row.phase !== 'downloading') return [strings.phases[row.phase], amount(row, strings)];
      return [
        amount(row, strings),
        formatRate(row.bytesPerSecond),
        row.secondsLeft === null ? '' : fill(strings.timeLeft, { time: formatDuration(row.secondsLeft) }),
        connections(row.lanes, strings),
        limit(row, strings),
      ];
    }
    case 'completed':
      return [row.sizeBytes === null ? '' : formatBytes(row.sizeBytes), row.verified ? strings.verified : ''];
    case 'failed':
      // The reason says enough.
      return [row.receivedBytes > 0 ? amount(row, strings) : ''];
    case 'queued':
    case 'paused':
      return [strings.states[row.state], amount(row, strings), limit(row, strings)];
  }
}

function amount(row: PanelRow, strings: PanelStrings): string {
  const received = formatBytes(row.receivedBytes);
  if (row.sizeBytes === null) return row.receivedBytes === 0 ? '' : received;
  return fill(strings.amount, { received, size: formatBytes(row.sizeBytes) });
}

function limit({ limitBytesPerSecond }: PanelRow, strings: PanelStrings): string {
  return limitBytesPerSecond === 0 ? '' : fill(strings.limit, { rate: formatRate(limitBytesPerSecond) });
}

function connections(count: number, strings: PanelStrings): string {
  if (count === 0) return '';
  return count === 1 ? strings.oneConnection : fill(strings.connections, { count });
}
