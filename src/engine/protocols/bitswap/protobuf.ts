/** The two wire types of Protocol Buffers that Bitswap uses: https://protobuf.dev/programming-guides/encoding */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** One field as it stands in a message. */
export type ProtobufField =
  | { readonly number: number; readonly kind: 'varint'; readonly value: number }
  | { readonly number: number; readonly kind: 'bytes'; readonly value: Uint8Array };

/** The bytes are no Protocol Buffers message. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/**
 * The fields of a message in their order. Fields of other wire types are passed over. What is handed out lies in the
 * message's own memory.
 * @throws ProtobufError
 */
export function* readFields(message: Uint8Array): Generator<ProtobufField> {
  for (let at = 0; at < message.length; ) {
    const tag = readVarint(message, at);
    at = tag.end;
    const number = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    if (wire === VARINT) {
      const { value, end } = readVarint(message, at);
      at = end;
      yield { number, kind: 'varint', value };
    } else if (wire === LENGTH_DELIMITED) {
      const length = readVarint(message, at);
      const end = length.end + length.value;
      if (end > message.length) throw new ProtobufError('a field is longer than its message');
      yield { number, kind: 'bytes', value: message.subarray(length.end, end) };
      at = end;
    } else if (wire === 1 || wire === 5) {
      at += wire === 1 ? 8 : 4;
      if (at > message.length) throw new ProtobufError('a field is longer than its message');
    } else {
      throw new ProtobufError(`wire type ${wire}`);
    }
  }
}

/**
 * A number of 7 bits per byte, least significant first. Negative ones (ten bytes) come out without their upper bits, which
 * no field of Bitswap needs.
 * @throws ProtobufError when it does not end
 */
export function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let n = 0; n < 10; n++) {
    const byte = bytes[start + n];
    if (byte === undefined) throw new ProtobufError('a number does not end');
    if (n < 7) value += (byte & 0x7f) * 2 ** (7 * n);
    if (byte < 0x80) return { value, end: start + n + 1 };
  }
  throw new ProtobufError('a number does not end');
}

/** @param value a whole number below 2^53 */
export function encodeVarint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 0x80);
  bytes.push(rest);
  return bytes;
}

/** Puts messages together without copying what is long already. */
export class ProtobufWriter {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get pieces(): readonly Uint8Array[] {
    return this.#pieces;
  }

  varint(number: number, value: number): this {
    return this.#add(Uint8Array.from([...encodeVarint(number * 8 + VARINT), ...encodeVarint(value)]));
  }

  bytes(number: number, value: Uint8Array): this {
    this.#add(Uint8Array.from([...encodeVarint(number * 8 + LENGTH_DELIMITED), ...encodeVarint(value.length)]));
    return this.#add(value);
  }

  message(number: number, inner: ProtobufWriter): this {
    this.#add(Uint8Array.from([...encodeVarint(number * 8 + LENGTH_DELIMITED), ...encodeVarint(inner.length)]));
    for (const piece of inner.pieces) this.#add(piece);
    return this;
  }

  #add(piece: Uint8Array): this {
    this.#pieces.push(piece);
    this.#length += piece.length;
    return this;
  }
}
