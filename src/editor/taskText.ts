import type { ErrorInfo } from '../contract/errors.ts';
import type { TaskSnapshot, TaskState, TaskStatus } from '../contract/task.ts';
import { formatBytes, formatDuration, formatRate, percentOf } from '../kit/format.ts';
import { errorText, shortErrorText } from './errorText.ts';
import type { Translate } from './translate.ts';

/** Between the parts of the grey text behind a name. */
export const SEPARATOR = ' · ';

/** Name of a state, for groups and tooltips. */
export function stateLabel(state: TaskState, t: Translate): string {
  switch (state) {
    case 'active':
      return t('Active');
    case 'queued':
      return t('Queued');
    case 'paused':
      return t('Paused');
    case 'failed':
      return t('Failed');
    case 'completed':
      return t('Completed');
  }
}

/** Whether a download failed and goes on by itself. */
export function waitsForRetry({ status }: TaskSnapshot): boolean {
  return status.state === 'failed' && status.retryAt !== undefined;
}

/** Why it failed, and whether that is all that can be said of it. */
export function failureText(task: TaskSnapshot, error: ErrorInfo, t: Translate): string {
  const text = errorText(error, t);
  return waitsForRetry(task) ? `${text} ${t('It is tried again by itself.')}` : text;
}

/** The grey text behind a name: `42 % · 11.3 MB/s · 2 min left`. */
export function taskDescription(task: TaskSnapshot, t: Translate): string {
  const { status } = task;
  switch (status.state) {
    case 'active':
      return activeParts(task, status, t).join(SEPARATOR);
    case 'queued':
      return arrivedText(task, t);
    case 'paused':
      return status.reason ? shortErrorText(status.reason, t) : arrivedText(task, t);
    case 'failed':
      return failureParts(task, status.error, t).join(SEPARATOR);
    case 'completed':
      return [sizeText(task), status.verification === 'verified' ? t('verified') : ''].filter(Boolean).join(SEPARATOR);
  }
}

/** `42 % of 200 MB`, or what has arrived when the size is not known. */
export function amountText(task: TaskSnapshot, t: Translate): string {
  const percent = percentOf(task.receivedBytes, task.sizeBytes);
  if (percent === null || task.sizeBytes === null) return formatBytes(task.receivedBytes);
  return t('{percent} % of {size}', { percent, size: formatBytes(task.sizeBytes) });
}

/** The same of what has not begun: its size alone, if that is known. */
function arrivedText(task: TaskSnapshot, t: Translate): string {
  return task.receivedBytes > 0 ? amountText(task, t) : sizeText(task);
}

/** What is known of the checksum of a completed file. */
export function verificationText(status: TaskStatus & { state: 'completed' }, t: Translate): string {
  return status.verification === 'verified' ? t('The checksum matches') : t('The size matches; no checksum was given');
}

export function fileCount(count: number, t: Translate): string {
  return count === 1 ? t('1 file') : t('{count} files', { count });
}

export function downloadCount(count: number, t: Translate): string {
  return count === 1 ? t('1 download') : t('{count} downloads', { count });
}

function activeParts(task: TaskSnapshot, status: TaskStatus & { state: 'active' }, t: Translate): string[] {
  const percent = percentOf(task.receivedBytes, task.sizeBytes);
  const amount = percent === null ? formatBytes(task.receivedBytes) : `${percent} %`;
  if (status.waiting) return [amount, t('waiting to try again')];
  switch (status.phase) {
    case 'connecting':
      return task.receivedBytes > 0 ? [amount, t('connecting…')] : [t('connecting…')];
    case 'verifying':
      return [t('verifying…')];
    case 'finishing':
      return [t('finishing…')];
    case 'downloading': {
      const parts = [amount, formatRate(status.bytesPerSecond)];
      if (status.secondsLeft !== null) parts.push(t('{time} left', { time: formatDuration(status.secondsLeft) }));
      return parts;
    }
  }
}

function failureParts(task: TaskSnapshot, error: ErrorInfo, t: Translate): string[] {
  const reason = shortErrorText(error, t);
  if (!waitsForRetry(task)) return [reason];
  return [...(task.receivedBytes > 0 ? [amountText(task, t)] : []), t('waiting to try again'), reason];
}

function sizeText(task: TaskSnapshot): string {
  return task.sizeBytes === null ? '' : formatBytes(task.sizeBytes);
}
