/**
 * Names for files on disk. Whatever a server, link or peer says is data: only the last path segment counts, and what
 * could confuse a person or a file system is taken out. What is found in links holds on every platform, so that a folder
 * can be moved; what somebody has named exactly so stays as it is where the platform takes it.
 */
import { RECORD_SUFFIX } from '../../kit/partNames.ts';
import { withoutEnd } from '../../kit/withoutEnd.ts';

/** ext4, APFS and NTFS all stop at 255 bytes or UTF-16 units; the record's suffix has to fit too. */
const MAX_NAME_BYTES = 255 - RECORD_SUFFIX.length;

/** When nothing is left of a name. */
export const FALLBACK_NAME = 'download';

/** Room that ` (9999)` needs when a name is taken. */
const COUNTER_BYTES = 7;

// biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
/** Bidi controls and zero-width marks: `gpj.exe` must not read as `exe.jpg`. */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
/** Forbidden by Windows; `:` also names an alternate stream there. */
const FORBIDDEN = /[<>:"|?*]/g;
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\.|$)/i;

export interface NameOptions {
  /** It may begin with a dot: only when the user wrote it. @default false */
  readonly hidden?: boolean;
  /** What only Windows forbids stays elsewhere: others know the file by exactly this name. @default false */
  readonly exact?: boolean;
  /** @default the one that this runs on */
  readonly platform?: NodeJS.Platform;
}

/** A safe file name from untrusted text; null when nothing is left of it. */
export function safeFileName(raw: string, options: NameOptions = {}): string | null {
  const segment = raw.split(/[/\\]/).at(-1) ?? '';
  const keeps = options.exact === true && (options.platform ?? process.platform) !== 'win32';
  const visible = segment.replace(CONTROL, '').replace(INVISIBLE, '');
  let name = keeps ? visible : asWindowsTakesIt(visible);
  // Dots alone name folders.
  if (/^[.\s]*$/.test(name)) return null;
  if (options.hidden !== true) name = name.replace(/^\.+/, '_');
  return fitBytes(name, MAX_NAME_BYTES - COUNTER_BYTES);
}

/** A name that the user wrote. */
export function ownFileName(raw: string): string | null {
  return safeFileName(raw, { hidden: true, exact: true });
}

/** Without what Windows refuses, drops silently (dots and spaces at the end) or takes for a device. */
function asWindowsTakesIt(name: string): string {
  const allowed = withoutEnd(name.replace(FORBIDDEN, '_').trim(), /[.\s]/);
  return RESERVED.test(allowed) ? `_${allowed}` : allowed;
}

/** `data.tar.gz` and 2 give `data (2).tar.gz`. */
export function numberedName(name: string, n: number): string {
  const extension = extensionOf(name);
  return `${name.slice(0, name.length - extension.length)} (${n})${extension}`;
}

/** With the dot; double for archives such as `.tar.gz`; empty when there is none. */
export function extensionOf(name: string): string {
  return /(?:\.tar)?\.[A-Za-z0-9_-]{1,16}$/.exec(name.slice(1))?.[0] ?? '';
}

/** Shortens the stem, never the extension, and never in the middle of a character. Null: nothing is left of the stem. */
function fitBytes(name: string, maxBytes: number): string | null {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const extension = extensionOf(name);
  const room = maxBytes - Buffer.byteLength(extension);
  const long = name.slice(0, name.length - extension.length);
  // One letter under hundreds of accents is longer than a name, and an empty name would be the folder itself.
  const stem = fitting(graphemesOf(long), room).trimEnd() || fitting(long, room).trimEnd();
  return stem === '' ? null : stem + extension;
}

function* graphemesOf(text: string): Iterable<string> {
  for (const { segment } of new Intl.Segmenter().segment(text)) yield segment;
}

/** The first of the parts that fit together. */
function fitting(parts: Iterable<string>, room: number): string {
  let fitted = '';
  let used = 0;
  for (const part of parts) {
    used += Buffer.byteLength(part);
    if (used > room) break;
    fitted += part;
  }
  return fitted;
}
