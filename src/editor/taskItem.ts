import type { ErrorInfo } from '../contract/errors.ts';
import type { TaskSnapshot } from '../contract/task.ts';
import { formatBytes, formatRate } from '../kit/format.ts';
import { shortName } from '../kit/shortName.ts';
import { ITEM_CONTEXT_PREFIX } from './contributions.ts';
import { errorText } from './errorText.ts';
import { amountText, SEPARATOR, stateLabel, taskDescription, verificationText, waitsForRetry } from './taskText.ts';
import type { Translate } from './translate.ts';

/** A Metalink may name a hundred. */
const MOST_SOURCES = 8;

const MENDED_BY_FOLDER: readonly ErrorInfo['code'][] = ['folder-unwritable', 'folder-missing', 'disk-full'];
const MENDED_BY_LINK: readonly ErrorInfo['code'][] = ['link-expired', 'not-found', 'auth-required', 'not-the-file'];

/** A line of the Downloads view as plain values; the view turns it into an item of the editor. */
export interface TaskItem {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** Id of a product icon; null for the icon of the file's type. */
  readonly icon: { readonly id: string; readonly color: string | null } | null;
  readonly contextValue: string;
  readonly click: 'open' | 'panel';
  readonly accessibilityLabel: string;
}

/** A line of a tooltip; `label` is shown in bold, unless it stands alone. */
export interface TooltipLine {
  readonly label: string;
  readonly value: string;
}

export function taskItem(task: TaskSnapshot, t: Translate): TaskItem {
  const description = taskDescription(task, t);
  const { state } = task.status;
  const context = waitsForLink(task) ? 'expired' : waitsForRetry(task) ? 'retrying' : state;
  return {
    id: `task:${task.id}`,
    label: hasNews(task) ? shortName(task.name) : task.name,
    description,
    icon: taskIcon(task),
    contextValue: ITEM_CONTEXT_PREFIX + context,
    click: state === 'completed' ? 'open' : 'panel',
    accessibilityLabel: [task.name, stateLabel(state, t), description.replaceAll(SEPARATOR, ', ')]
      .filter(Boolean)
      .join(', '),
  };
}

/**
 * What a line says and does apart from its words. Words can wait while somebody reads the line's tooltip; a line that
 * says "connecting…" of what is downloaded cannot.
 */
export function lineState({ icon, contextValue, click }: TaskItem): string {
  return JSON.stringify([icon, contextValue, click]);
}

/** Whether what stands behind the name is what people look for; otherwise the name is. */
function hasNews({ status }: TaskSnapshot): boolean {
  return (
    status.state === 'active' || status.state === 'failed' || (status.state === 'paused' && status.reason !== null)
  );
}

export function taskTooltip(task: TaskSnapshot, t: Translate): TooltipLine[] {
  const { status } = task;
  const lines: TooltipLine[] = [{ label: t('State'), value: stateLabel(status.state, t) }];
  const add = (label: string, value: string) => lines.push({ label, value });
  if (status.state === 'completed') {
    if (task.sizeBytes !== null) add(t('Size'), formatBytes(task.sizeBytes));
    add(t('Check'), verificationText(status, t));
    if (status.sha256 !== null) add(t('SHA-256'), status.sha256);
  } else {
    add(t('Progress'), amountText(task, t));
    if (task.resumable === false) add(t('Note'), t('This server cannot continue a download: a pause starts it anew.'));
    if (task.checksum !== null) add(t('Checksum'), task.checksum);
  }
  if (status.state === 'active') {
    add(t('Speed'), formatRate(status.bytesPerSecond));
    add(t('Connections'), String(status.lanes));
    if (status.waiting) add(t('Waiting'), errorText(status.waiting, t));
  }
  if (status.state === 'paused' && status.reason) add(t('Reason'), errorText(status.reason, t));
  if (status.state === 'failed') add(t('Reason'), errorText(status.error, t));
  if (waitsForRetry(task)) add(t('Note'), t('It is tried again by itself.'));
  if (task.limitBytesPerSecond > 0) add(t('Limit'), formatRate(task.limitBytesPerSecond));
  lines.push(...sourceLines(task, t));
  add(t('To'), task.targetPath);
  return lines;
}

/** Whether a download waits for a fresh link, and for nothing else. */
export function waitsForLink({ status }: TaskSnapshot): boolean {
  return status.state === 'paused' && status.reason !== null && isExpiredLink(status.reason);
}

export function isExpiredLink(error: ErrorInfo): boolean {
  return error.code === 'link-expired';
}

/** Whether it is the place that is wrong. */
export function isMendedByFolder({ code }: ErrorInfo): boolean {
  return MENDED_BY_FOLDER.includes(code);
}

/** Whether another link helps more than another try with the same one. */
export function isMendedByLink({ code }: ErrorInfo): boolean {
  return MENDED_BY_LINK.includes(code);
}

/** Where it comes from; those that are not used with the reason. */
function sourceLines({ sources }: TaskSnapshot, t: Translate): TooltipLine[] {
  const shown = sources.slice(0, MOST_SOURCES);
  const lines = shown.flatMap(({ address, receivedBytes, error }): TooltipLine[] => {
    // Of a single one the progress tells. Before the address: the editor makes what stands behind it a part of the link.
    const amount = sources.length > 1 && receivedBytes > 0 ? `${formatBytes(receivedBytes)}${SEPARATOR}` : '';
    if (error === null) return [{ label: t('From'), value: `${amount}${address}` }];
    // On a line of its own, for the same reason.
    const reason: TooltipLine = { label: errorText(error, t), value: '' };
    return [{ label: t('Not used'), value: address }, reason];
  });
  const hidden = sources.length - shown.length;
  return hidden > 0 ? [...lines, { label: t('and {count} more', { count: hidden }), value: '' }] : lines;
}

function taskIcon(task: TaskSnapshot): TaskItem['icon'] {
  const { status } = task;
  switch (status.state) {
    case 'queued':
      return { id: 'history', color: null };
    case 'paused':
      return status.reason ? { id: 'warning', color: 'list.warningForeground' } : { id: 'debug-pause', color: null };
    case 'failed':
      return waitsForRetry(task)
        ? { id: 'warning', color: 'list.warningForeground' }
        : { id: 'error', color: 'list.errorForeground' };
    case 'completed':
      return null;
    case 'active':
      return { id: status.phase === 'downloading' ? 'arrow-down' : 'sync', color: null };
  }
}
