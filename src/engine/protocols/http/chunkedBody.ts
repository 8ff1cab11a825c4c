import { TributaryError } from '../../../contract/errors.ts';
import type { BodyFraming } from './bodyFraming.ts';

/** Extensions and trailers are not used: more of them between two pieces of data would be a server's way to keep us busy. */
const MAX_FRAMING_BYTES = 16 * 1024;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const SEMICOLON = 0x3b;

/** Characters of a token (RFC 9110 §5.6.2), which the name of a trailer is. */
const TOKEN_BYTES = new Set(
  Buffer.from("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
);

/** What the next byte is part of. */
type Place =
  | 'size, first digit'
  | 'size'
  | 'after size'
  | 'extension'
  | 'size LF'
  | 'data'
  | 'data CR'
  | 'data LF'
  | 'trailer'
  | 'trailer name'
  | 'trailer value'
  | 'trailer LF'
  | 'last LF'
  | 'nothing more';

/**
 * The chunked transfer coding (RFC 9112 §7.1), strictly: lines end with CR LF, a size is a hex number of at most 2^53.
 * Only white space behind a size is borne, with which old servers fill their lines. Extensions and trailers are skipped.
 */
export class ChunkedBody implements BodyFraming {
  #place: Place = 'size, first digit';
  /** The chunk's size as read so far, then what is left of its data. */
  #left = 0;
  /** Since the last piece of data. */
  #framingBytes = 0;

  get dataBytes(): number {
    return this.#place === 'data' ? this.#left : 0;
  }

  get isComplete(): boolean {
    return this.#place === 'nothing more';
  }

  takeData(count: number): void {
    this.#left -= count;
    if (this.#left > 0) return;
    this.#place = 'data CR';
    this.#framingBytes = 0;
  }

  takeFraming(bytes: Uint8Array): number {
    let taken = 0;
    for (const byte of bytes) {
      if (this.#place === 'data' || this.#place === 'nothing more') break;
      taken++;
      if (++this.#framingBytes > MAX_FRAMING_BYTES) throw broken('its chunks carry too much besides the data');
      this.#place = this.#placeAfter(byte);
    }
    return taken;
  }

  /** It ends by its last chunk alone: a connection that ends before has broken. */
  connectionEnded(): void {}

  #placeAfter(byte: number): Place {
    switch (this.#place) {
      case 'size, first digit':
        this.#left = 0;
        return this.#sizeWith(byte) ?? refuse();
      case 'size':
        return this.#sizeWith(byte) ?? afterSize(byte);
      case 'after size':
        return afterSize(byte);
      case 'extension':
        return byte === CR ? 'size LF' : isText(byte) ? 'extension' : refuse();
      case 'size LF':
        return expect(LF, byte, this.#left === 0 ? 'trailer' : 'data');
      case 'data CR':
        return expect(CR, byte, 'data LF');
      case 'data LF':
        return expect(LF, byte, 'size, first digit');
      case 'trailer':
        return byte === CR ? 'last LF' : TOKEN_BYTES.has(byte) ? 'trailer name' : refuse();
      case 'trailer name':
        return byte === COLON ? 'trailer value' : TOKEN_BYTES.has(byte) ? 'trailer name' : refuse();
      case 'trailer value':
        return byte === CR ? 'trailer LF' : isText(byte) ? 'trailer value' : refuse();
      case 'trailer LF':
        return expect(LF, byte, 'trailer');
      case 'last LF':
        return expect(LF, byte, 'nothing more');
      case 'data':
      case 'nothing more':
        return this.#place;
    }
  }

  /** Null: the byte is no digit. */
  #sizeWith(byte: number): Place | null {
    const digit = digitOf(byte);
    if (digit === null) return null;
    this.#left = this.#left * 16 + digit;
    return this.#left <= Number.MAX_SAFE_INTEGER ? 'size' : refuse();
  }
}

function afterSize(byte: number): Place {
  if (byte === CR) return 'size LF';
  if (byte === SEMICOLON) return 'extension';
  return byte === SPACE || byte === TAB ? 'after size' : refuse();
}

function expect(wanted: number, byte: number, next: Place): Place {
  return byte === wanted ? next : refuse();
}

function digitOf(byte: number): number | null {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : null;
}

/** A line break or a control character alone could be read in two ways. */
function isText(byte: number): boolean {
  return byte === TAB || (byte >= SPACE && byte !== 0x7f);
}

function refuse(): never {
  throw broken('its chunks are broken');
}

function broken(reason: string): TributaryError {
  return new TributaryError('bad-response', { reason });
}
