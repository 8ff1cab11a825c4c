import type { TaskSnapshot } from '../contract/task.ts';
import { formatRate, percentOf } from '../kit/format.ts';
import { taskDescription, waitsForRetry } from './taskText.ts';
import type { Translate } from './translate.ts';
import type { UnseenCounts } from './unseenFailures.ts';

export interface StatusBarText {
  readonly text: string;
  /** For screen readers, which would read the arrows and icon names aloud. */
  readonly label: string;
  readonly lines: readonly { readonly label: string; readonly value: string }[];
  /** Null while all is well. */
  readonly severity: 'error' | 'warning' | null;
}

/** A tooltip longer than this is not read; the rest is counted. */
const MOST_LINES = 8;

/**
 * What the status bar says; null hides it.
 * @param unseen what went wrong since somebody last looked at the list
 */
export function statusBarText(
  tasks: readonly TaskSnapshot[],
  unseen: UnseenCounts,
  t: Translate,
): StatusBarText | null {
  const active = tasks.filter((task) => task.status.state === 'active');
  const severity = unseen.failed > 0 ? 'error' : unseen.waiting > 0 ? 'warning' : null;
  const trouble = troubleTexts(unseen, t).join(', ');
  if (active.length === 0) {
    if (severity) return { text: `$(${severity}) ${trouble}`, label: trouble, lines: [], severity };
    const waiting = retriesText(tasks.filter(waitsForRetry).length, t);
    return waiting === null ? null : { text: `$(history) ${waiting}`, label: waiting, lines: [], severity };
  }
  const rate = formatRate(
    active.reduce((sum, { status }) => sum + (status.state === 'active' ? status.bytesPerSecond : 0), 0),
  );
  const percent = totalPercent(active);
  const count = active.length;
  const queued = tasks.filter((task) => task.status.state === 'queued').length;
  const label = [
    count === 1 ? t('1 running download') : t('{count} running downloads', { count }),
    rate,
    ...(percent === null ? [] : [t('{percent} percent', { percent })]),
    ...(queued === 0 ? [] : [t('{count} queued', { count: queued })]),
  ].join(', ');
  const lines = active.slice(0, MOST_LINES).map((task) => ({ label: task.name, value: taskDescription(task, t) }));
  if (count > MOST_LINES) lines.push({ label: t('and {count} more', { count: count - MOST_LINES }), value: '' });
  if (queued > 0) lines.push({ label: t('{count} queued', { count: queued }), value: '' });
  if (severity) lines.push({ label: trouble, value: '' });
  return {
    text: [
      severity ? `$(${severity})` : '$(sync~spin)',
      count,
      `↓ ${rate}`,
      ...(percent === null ? [] : [`${percent} %`]),
    ].join(' '),
    label: severity ? `${label}, ${trouble}` : label,
    lines,
    severity,
  };
}

function troubleTexts({ failed, waiting }: UnseenCounts, t: Translate): string[] {
  const texts: string[] = [];
  if (failed > 0) texts.push(failed === 1 ? t('1 download failed') : t('{count} downloads failed', { count: failed }));
  if (waiting === 1) texts.push(t('1 download needs your attention'));
  else if (waiting > 1) texts.push(t('{count} downloads need your attention', { count: waiting }));
  return texts;
}

/** Null: none waits. */
function retriesText(count: number, t: Translate): string | null {
  if (count === 0) return null;
  return count === 1
    ? t('1 download waits to be tried again')
    : t('{count} downloads wait to be tried again', { count });
}

/** Null while one of the sizes is not known: a sum without it would jump. */
function totalPercent(active: readonly TaskSnapshot[]): number | null {
  let received = 0;
  let size = 0;
  for (const task of active) {
    if (task.sizeBytes === null) return null;
    received += task.receivedBytes;
    size += task.sizeBytes;
  }
  return percentOf(received, size);
}
