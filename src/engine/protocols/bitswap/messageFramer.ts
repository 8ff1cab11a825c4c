import { ProtobufError, readVarint } from './protobuf.ts';

/** Longer than any block that others take (2 MiB), with room for a few in one message. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
const MAX_PREFIX_BYTES = 10;
/** A chunk lies in the memory of a whole read of the socket: a byte at a time, a message would keep gigabytes of those. */
const MAX_BORROWED = 64;

/** Finds the messages in a stream of bytes: each has its length in front. Holds no more than has arrived. */
export class MessageFramer {
  #chunks: Uint8Array[] = [];
  #held = 0;
  /** How many of the last chunks lie in memory of the connection. */
  #borrowed = 0;
  /** Of the message that has begun; null: its length is still to come. */
  #length: number | null = null;

  /**
   * @returns the messages that are complete now, without their lengths
   * @throws ProtobufError when one is too long, or has no length
   */
  push(chunk: Uint8Array): Uint8Array[] {
    if (chunk.length > 0) {
      this.#chunks.push(chunk);
      this.#borrowed++;
    }
    this.#held += chunk.length;
    const messages: Uint8Array[] = [];
    for (;;) {
      this.#length ??= this.#takeLength();
      if (this.#length === null || this.#held < this.#length) {
        if (this.#borrowed > MAX_BORROWED) this.#copyBorrowed();
        return messages;
      }
      messages.push(this.#take(this.#length));
      this.#length = null;
    }
  }

  #copyBorrowed(): void {
    this.#chunks.push(Buffer.concat(this.#chunks.splice(-this.#borrowed)));
    this.#borrowed = 0;
  }

  #takeLength(): number | null {
    const head = this.#peek(Math.min(this.#held, MAX_PREFIX_BYTES));
    const last = head.findIndex((byte) => byte < 0x80);
    if (last < 0) {
      if (head.length === MAX_PREFIX_BYTES) throw new ProtobufError('a message without a length');
      return null;
    }
    const { value, end } = readVarint(head, 0);
    if (value > MAX_MESSAGE_BYTES) throw new ProtobufError('a message is too long');
    this.#take(end);
    return value;
  }

  #peek(count: number): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= count) return first.subarray(0, count);
    const head = Buffer.alloc(count);
    let at = 0;
    for (const chunk of this.#chunks) {
      if (at >= count) break;
      head.set(chunk.subarray(0, count - at), at);
      at += Math.min(chunk.length, count - at);
    }
    return head;
  }

  #take(count: number): Uint8Array {
    const taken: Uint8Array[] = [];
    let missing = count;
    let used = 0;
    while (missing > 0) {
      const chunk = this.#chunks[used];
      if (chunk === undefined) break;
      if (chunk.length <= missing) {
        taken.push(chunk);
        used++;
      } else {
        taken.push(chunk.subarray(0, missing));
        this.#chunks[used] = chunk.subarray(missing);
      }
      missing -= Math.min(missing, chunk.length);
    }
    this.#chunks.splice(0, used);
    this.#borrowed = Math.min(this.#borrowed, this.#chunks.length);
    this.#held -= count;
    return taken.length === 1 && taken[0] !== undefined ? taken[0] : Buffer.concat(taken, count);
  }
}
