import { ERRORS, type ErrorInfo } from '../../contract/errors.ts';
import type { HubFile, HubUpload, SharedTakers } from '../../contract/hub.ts';
import type { TaskSnapshot } from '../../contract/task.ts';
import { formatBytes, formatDuration, formatRate, percentOf } from '../../kit/format.ts';
import { errorText, shortErrorText } from '../errorText.ts';
import { fileCount, SEPARATOR, stateLabel, taskDescription, waitsForRetry } from '../taskText.ts';
import type { Translate } from '../translate.ts';
import type { HubState } from './hubMirror.ts';

/** How times are written. */
export interface WhenStyle {
  readonly nowMs: number;
  /** A BCP 47 tag, as `en`. */
  readonly locale: string;
}

const SHOWN_NAMES = 4;
const formats = new Map<string, Intl.DateTimeFormat>();

/** `14:05` today, `Nov 19` this year, `Nov 19, 2025` before; empty for what is no time. */
export function whenText(isoTime: string, { nowMs, locale }: WhenStyle): string {
  const time = new Date(isoTime);
  if (Number.isNaN(time.getTime())) return '';
  const now = new Date(nowMs);
  if (time.toDateString() === now.toDateString()) return format(locale, { timeStyle: 'short' }).format(time);
  const year = time.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return format(locale, { month: 'short', day: 'numeric', ...year }).format(time);
}

/** Day and time; empty for what is no time. */
export function fullWhenText(isoTime: string, locale: string): string {
  const time = new Date(isoTime);
  if (Number.isNaN(time.getTime())) return '';
  return format(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}

/** The grey text behind a hub. */
export function hubDescription(hub: HubState, files: number, t: Translate): string {
  const { state, error, own } = hub;
  const address = own === null ? [] : [own.addresses[0] ?? own.address];
  switch (state) {
    case 'connecting':
      return [...address, t('connecting…')].join(SEPARATOR);
    case 'key-needed':
      return [...address, t('needs its key')].join(SEPARATOR);
    case 'waiting':
    case 'failed':
      return [...address, troubleText(error, t)].join(SEPARATOR);
    case 'joined':
      return [...address, ...(own !== null && !own.hasKey ? [t('this computer only')] : []), fileCount(files, t)].join(
        SEPARATOR,
      );
  }
}

/** What passes by itself is told in short, and the address is there already; the tooltip has the reason. */
function troubleText(error: ErrorInfo | null, t: Translate): string {
  if (error === null || ERRORS[error.code].transient) return t('cannot be reached now, is tried again');
  return error.code === 'not-a-hub' ? t('is not a share hub') : errorText(error, t);
}

/** `3 · Anna, Ben, Cem`, the first few of them; without their number on a hub that does not tell who is there. */
export function membersDescription({ members, own }: Pick<HubState, 'members' | 'own'>): string {
  const names = members.slice(0, SHOWN_NAMES).join(', ') + (members.length > SHOWN_NAMES ? ', …' : '');
  return own === null ? names : [members.length, names].join(SEPARATOR);
}

/**
 * The grey text behind a file.
 * @param task its download; null: there is none
 * @param takers who takes it from the own hub; null: nobody, or it is on another one
 */
export function hubFileDescription(
  file: HubFile,
  { task, takers }: { readonly task: TaskSnapshot | null; readonly takers: SharedTakers | null },
  when: WhenStyle,
  t: Translate,
): string {
  const size = formatBytes(file.sizeBytes);
  const who = file.mine ? t('you') : file.uploader;
  // First what changes: the end of a long line is cut off.
  const facts = [...takersText(takers, t), size, who, whenText(file.uploadedAt, when)].filter(Boolean);
  if (task === null) return facts.join(SEPARATOR);
  const { state } = task.status;
  if (state === 'completed') return [...facts, t('downloaded')].join(SEPARATOR);
  if (state === 'active' || waitsForRetry(task)) return taskDescription(task, t);
  return [stateLabel(state, t), taskDescription(task, t)].filter(Boolean).join(SEPARATOR);
}

/** Who takes a file from the own hub, and who has it from there. */
export function takersText(takers: SharedTakers | null, t: Translate): string[] {
  if (takers === null) return [];
  const { fetching, served } = takers;
  return [
    ...(fetching > 0 ? [t('{count} fetching', { count: fetching })] : []),
    ...(served === 1 ? [t('1 has it')] : []),
    ...(served > 1 ? [t('{count} have it', { count: served })] : []),
  ];
}

/** The grey text behind a file on its way to the hub: `42 % · 11.3 MB/s · 2 min left`. */
export function uploadDescription(upload: HubUpload, t: Translate): string {
  const { status, sizeBytes, sentBytes } = upload;
  const percent = `${percentOf(sentBytes, sizeBytes)} %`;
  switch (status.state) {
    case 'queued':
      return [formatBytes(sizeBytes), t('waiting to be sent')].join(SEPARATOR);
    case 'active': {
      if (status.waiting) return [percent, t('waiting to try again')].join(SEPARATOR);
      const parts = [percent, formatRate(status.bytesPerSecond)];
      if (status.bytesPerSecond > 0) {
        const seconds = (sizeBytes - sentBytes) / status.bytesPerSecond;
        parts.push(t('{time} left', { time: formatDuration(seconds) }));
      }
      return parts.join(SEPARATOR);
    }
    case 'checking':
      return t('verifying…');
    case 'failed':
      return status.error.code === 'share-changed'
        ? t('changed meanwhile; retry shares it as it is now')
        : shortErrorText(status.error, t);
    case 'completed':
      return formatBytes(sizeBytes);
  }
}

/** Of an upload that failed, outside of the view. */
export function uploadFailureText(name: string, error: ErrorInfo, t: Translate): string {
  const reason = shortErrorText(error, t);
  // The sentence begins with the name and says the rest, too.
  return error.code === 'share-changed' ? reason : t('{name} was not shared. {reason}', { name, reason });
}

/** That what was to be shared is there in the same state; empty for nothing. */
export function onHubAlreadyText(names: readonly string[], t: Translate): string {
  const [first] = names;
  if (first === undefined) return '';
  return names.length === 1
    ? t('{name} is on the hub already', { name: first })
    : t('{count} files are on the hub already', { count: names.length });
}

/** Why the own hub cannot listen on a port. @param isIn the user is in a hub there */
export function portTakenText(error: ErrorInfo, { isIn }: { readonly isIn: boolean }, t: Translate): string {
  const reason = errorText(error, t);
  return isIn
    ? t('{reason} That is the hub that you are in.', { reason })
    : t('{reason} If that is a share hub, you can join it.', { reason });
}

/** What a removal means, beside its question; also on the own hub, where the files may be those of others. */
export function removalText(count: number, t: Translate): string {
  return count === 1
    ? t('It can no longer be fetched. The original and copies of it stay where they are.')
    : t('They can no longer be fetched. The originals and copies of them stay where they are.');
}

function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${Object.entries(options).join(' ')}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, options);
  formats.set(key, made);
  return made;
}
