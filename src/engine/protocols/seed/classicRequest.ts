/** A request of the classic form (PROTOCOLS §1): one per connection, no terminator needed. */
export type ClassicRequest =
  | { readonly kind: 'list' }
  | { readonly kind: 'size'; readonly name: string }
  | { readonly kind: 'piece'; readonly name: string; readonly offset: number }
  /** `reason` is what the peer is told behind `ERROR: `. */
  | { readonly kind: 'wrong'; readonly reason: string };

/** Bytes of a request, without its newline. */
export const MAX_REQUEST_BYTES = 4096;

const NEWLINE = 0x0a;

/**
 * Takes the bytes of one connection, however they are cut, until they are a request: at a newline, or when whoever owns
 * the connection says that nothing more comes (the peer's half-close, or silence).
 */
export class ClassicRequestReader {
  #bytes: Buffer = Buffer.alloc(0);

  /** The request when it is complete by these bytes; null: it may go on. What comes behind a newline is not looked at. */
  push(bytes: Uint8Array): ClassicRequest | null {
    const newline = bytes.indexOf(NEWLINE);
    const end = newline < 0 ? bytes.length : newline;
    if (this.#bytes.length + end > MAX_REQUEST_BYTES) return { kind: 'wrong', reason: 'the request is too long' };
    this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(0, end)]);
    return newline < 0 ? null : this.finish();
  }

  /** Nothing more comes. */
  finish(): ClassicRequest {
    return parseRequest(withoutReturn(this.#bytes));
  }
}

/** As a client sends it: without a newline. */
export function formatRequest(request: Exclude<ClassicRequest, { kind: 'wrong' }>): string {
  if (request.kind === 'list') return 'LIST';
  return request.kind === 'size' ? `FILESIZE ${request.name}` : `DOWNLOAD ${request.name}|${request.offset}`;
}

function parseRequest(bytes: Buffer): ClassicRequest {
  const text = bytes.toString('utf8');
  if (text === 'LIST') return { kind: 'list' };
  if (text.startsWith('FILESIZE ')) return named(text.slice('FILESIZE '.length), (name) => ({ kind: 'size', name }));
  if (text.startsWith('DOWNLOAD ')) return parsePiece(text.slice('DOWNLOAD '.length));
  return { kind: 'wrong', reason: text === '' ? 'the request is empty' : 'unknown request' };
}

/** A name may hold `|` itself: the last one splits off the offset. */
function parsePiece(text: string): ClassicRequest {
  const bar = text.lastIndexOf('|');
  const digits = text.slice(bar + 1);
  if (bar < 0 || !/^\d+$/.test(digits)) return { kind: 'wrong', reason: 'the offset is missing or no number' };
  // What no number can hold is past the end of any file.
  const offset = Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
  return named(text.slice(0, bar), (name) => ({ kind: 'piece', name, offset }));
}

function named(name: string, make: (name: string) => ClassicRequest): ClassicRequest {
  return name === '' ? { kind: 'wrong', reason: 'the name is missing' } : make(name);
}

function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes;
}
