/** Bytes that one `DOWNLOAD` is answered with at most: clients take a shorter reply for the end of the file. */
export const PIECE_BYTES = 32;

/** More than any error text or `SIZE:` needs; what is longer is no reply to anything but `LIST`. */
export const MAX_SHORT_REPLY_BYTES = 1024;

/** A list that is longer is not looked at. */
export const MAX_LIST_BYTES = 1024 * 1024;

const ERROR = Buffer.from('ERROR:');
const MAX_REASON_LENGTH = 160;

/** What a reply turned out to be: its meaning, the error text of the seed, or nothing of the protocol. */
export type Reply<T> =
  | { readonly kind: 'good'; readonly value: T }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'malformed'; readonly reason: string };

/** How the reply to a `DOWNLOAD` is to be taken; `ambiguous`: data may begin with `ERROR:`, ask again one byte further on. */
export type PieceReply = Reply<Uint8Array> | { readonly kind: 'ambiguous' };

export function formatList(names: readonly string[]): string {
  return names.map((name, index) => `[${index + 1}] ${name}\n`).join('');
}

export function formatSize(sizeBytes: number): string {
  return `SIZE:${sizeBytes}`;
}

export function formatError(reason: string): string {
  return `ERROR: ${reason}`;
}

/** Names as they were listed, each once. Some seeds end their lines with `\r\n`; no name that can be asked for ends so. */
export function parseList(reply: Uint8Array): Reply<readonly string[]> {
  if (reply.length > MAX_LIST_BYTES) return malformed('its list is much too long');
  if (startsWithError(reply)) return refused(reply);
  const text = Buffer.from(reply).toString('utf8');
  if (text === '') return { kind: 'good', value: [] };
  if (!text.endsWith('\n')) return malformed('its list was cut off');
  const names = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const name = /^\[\d{1,9}\] (.+?)\r?$/s.exec(line)?.[1];
    if (name === undefined) return malformed('its list is not of the form "[n] name"');
    names.add(name);
  }
  return { kind: 'good', value: [...names] };
}

export function parseSize(reply: Uint8Array): Reply<number> {
  if (startsWithError(reply)) return refused(reply);
  const digits = /^SIZE:(\d{1,16})$/.exec(Buffer.from(reply).toString('latin1'))?.[1];
  const sizeBytes = Number(digits);
  if (digits === undefined || !Number.isSafeInteger(sizeBytes)) return malformed('it tells no usable size');
  return { kind: 'good', value: sizeBytes };
}

/**
 * @param length bytes that the piece must have, by offset and size of the file
 */
export function judgePiece(reply: Uint8Array, length: number): PieceReply {
  const error = startsWithError(reply);
  if (reply.length === length) return error ? { kind: 'ambiguous' } : { kind: 'good', value: reply };
  if (error) return refused(reply);
  if (reply.length > length) return malformed('it sent more than was asked for');
  return malformed(reply.length === 0 ? 'it sent nothing' : 'it sent less than the file holds');
}

/**
 * Decides an ambiguous reply: file data has moved by one byte when it is asked for one byte further on, an error text has not.
 * @param shifted the reply to `offset + 1`
 */
export function judgeShifted(reply: Uint8Array, shifted: Uint8Array): Reply<Uint8Array> {
  const common = Math.min(reply.length - 1, shifted.length);
  const moved = common > 0 && Buffer.compare(reply.subarray(1, 1 + common), shifted.subarray(0, common)) === 0;
  return moved ? { kind: 'good', value: reply } : refused(reply);
}

function startsWithError(reply: Uint8Array): boolean {
  return Buffer.from(reply.buffer, reply.byteOffset, Math.min(reply.length, ERROR.length)).equals(ERROR);
}

/** A text from a stranger, for messages: short, one line, nothing that moves a cursor. */
function refused(reply: Uint8Array): Reply<never> {
  const text = Buffer.from(reply.subarray(ERROR.length, ERROR.length + 4 * MAX_REASON_LENGTH)).toString('utf8');
  const plain = text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/gu, ' ').trim();
  return { kind: 'refused', reason: plain.slice(0, MAX_REASON_LENGTH) || 'no reason was given' };
}

function malformed(reason: string): Reply<never> {
  return { kind: 'malformed', reason };
}
