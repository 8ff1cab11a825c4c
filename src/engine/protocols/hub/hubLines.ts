import { isUtf8 } from 'node:buffer';

/** PROTOCOLS §2: one JSON object per line, 64 KiB at most; without its line feed here. */
export const MAX_LINE_BYTES = 64 * 1024 - 1;

/** What a client takes from a hub: simple ones put hundreds of files into one WELCOME. */
export const MAX_HUB_LINE_BYTES = 16 * 1024 * 1024;

/** What a piece of the byte stream brought. */
export interface TakenLines {
  /** Null: a line that is not UTF-8. */
  readonly lines: readonly (string | null)[];
  /** A line is longer than allowed: nothing after it can be trusted, and nothing more is taken. */
  readonly tooLong: boolean;
}

/** Cuts a byte stream into lines. It never holds more than one line's worth. */
export class HubLines {
  #pieces: Buffer[] = [];
  #waitingBytes = 0;
  #broken = false;
  readonly #maxLineBytes: number;

  /** @param maxLineBytes without the line feed */
  constructor(maxLineBytes: number = MAX_LINE_BYTES) {
    this.#maxLineBytes = maxLineBytes;
  }

  take(bytes: Buffer): TakenLines {
    const lines: (string | null)[] = [];
    let rest = bytes;
    while (!this.#broken && rest.length > 0) {
      const end = rest.indexOf(0x0a);
      const part = end < 0 ? rest : rest.subarray(0, end);
      if (this.#waitingBytes + part.length > this.#maxLineBytes) {
        this.#broken = true;
        this.#pieces = [];
        break;
      }
      if (end < 0) {
        // A copy: the piece may be a part of memory that is used again.
        this.#pieces.push(Buffer.from(part));
        this.#waitingBytes += part.length;
        break;
      }
      const line = this.#pieces.length === 0 ? part : Buffer.concat([...this.#pieces, part]);
      this.#pieces = [];
      this.#waitingBytes = 0;
      lines.push(isUtf8(line) ? line.toString('utf8') : null);
      rest = rest.subarray(end + 1);
    }
    // Few pieces, and not copied again and again while a long line comes in small ones.
    if (this.#pieces.length > 64 + this.#waitingBytes / 1024) this.#pieces = [Buffer.concat(this.#pieces)];
    return { lines, tooLong: this.#broken };
  }
}
