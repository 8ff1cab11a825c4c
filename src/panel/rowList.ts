import type { PanelRow, PanelStrings } from '../contract/panelApi.ts';
import type { TaskId, TaskState } from '../contract/task.ts';
import { fill } from './fill.ts';

const STATE_ORDER: readonly TaskState[] = ['active', 'queued', 'paused', 'failed', 'completed'];

/** Rows in the order of the page: what runs first, what is complete last, and there the latest first. */
export function sortRows(rows: Iterable<PanelRow>): PanelRow[] {
  return [...rows].sort(
    (left, right) =>
      STATE_ORDER.indexOf(left.state) - STATE_ORDER.indexOf(right.state) ||
      (right.finishedAt ?? 0) - (left.finishedAt ?? 0) ||
      left.order - right.order,
  );
}

export interface Summary {
  /** Total of what runs; null while nothing does. */
  readonly bytesPerSecond: number | null;
  /** `3 active · 12 queued`. */
  readonly counts: string;
  readonly canPause: boolean;
  readonly canResume: boolean;
  readonly canClear: boolean;
}

export function summarize(rows: Iterable<PanelRow>, strings: PanelStrings): Summary {
  const count: Record<TaskState, number> = { active: 0, queued: 0, paused: 0, failed: 0, completed: 0 };
  let bytesPerSecond = 0;
  let retried = 0;
  for (const row of rows) {
    count[row.state]++;
    if (row.waitsForRetry) retried++;
    bytesPerSecond += row.bytesPerSecond;
  }
  const present = STATE_ORDER.filter((state) => count[state] > 0);
  return {
    bytesPerSecond: count.active > 0 ? bytesPerSecond : null,
    counts: present.map((state) => fill(strings.counts[state], { count: count[state] })).join(' · '),
    canPause: count.active + count.queued + retried > 0,
    canResume: count.paused > 0,
    canClear: count.completed > 0,
  };
}

/** What a screen reader is told of a change: new states only, never progress. Null when there is nothing to tell. */
export function announcement(
  before: ReadonlyMap<TaskId, PanelRow>,
  changed: readonly PanelRow[],
  strings: PanelStrings,
): string | null {
  const news = changed.filter((row) => before.get(row.id)?.state !== row.state);
  const [first] = news;
  if (!first) return null;
  if (news.length > 1) return fill(strings.announcementCount, { count: news.length });
  return fill(strings.announcement, { name: first.name, state: first.note ?? strings.states[first.state] });
}
