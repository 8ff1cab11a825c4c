/** Longest name that still fits into a request with an offset. */
const MAX_NAME_BYTES = 4000;

/**
 * Whether a name can be asked for by both forms of the protocol: a line of its own, and one segment of a path. What it is
 * called on our disk is another matter (`safeFileName`).
 */
export function isSeedName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || Buffer.byteLength(name) > MAX_NAME_BYTES) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return !/[\u0000-\u001f\u007f\ud800-\udfff]/u.test(name);
}
