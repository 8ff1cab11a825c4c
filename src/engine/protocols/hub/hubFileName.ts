/** What most file systems take. */
const MAX_NAME_BYTES = 255;

/** Path separators, control and bidi characters, marks that cannot be seen (joiners are part of scripts and emoji), halves of surrogate pairs. */
const FORBIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[/\\\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Surrogate}/u;

/**
 * Whether a name can be offered to everybody: one path segment that shows what it is. Whoever fetches the file still makes
 * it safe for a disk (`intake/fileName.ts`); the hub's own disk never sees it.
 */
export function isPlainFileName(name: string): boolean {
  if (name.trim() === '' || name === '.' || name === '..') return false;
  return Buffer.byteLength(name) <= MAX_NAME_BYTES && !FORBIDDEN.test(name);
}
