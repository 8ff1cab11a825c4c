import { Duplex } from 'node:stream';
import type { BoundedConnection } from './boundedListener.ts';

const CR = 0x0d;
const LF = 0x0a;

/** What somebody may still send behind the last answer; then the connection is cut. */
const MAX_TAIL_BYTES = 2 * 1024 * 1024;

type Done = (error?: Error | null) => void;

/**
 * A connection as the HTTP parser of Node is to see it: one request at a time, however many were sent at once. The parser by
 * itself hands over all that it reads, so a thousand requests in one packet would be a thousand open files. What comes behind
 * a head waits here, unread where it can, until `next` tells that the request was answered; so does the other side's
 * half-close, which would end the answer.
 */
export class RequestFeed extends Duplex {
  readonly connection: BoundedConnection;
  /** Read and not yet passed on. */
  #held: Buffer;
  /** Where in a head the bytes passed on so far end. */
  #at: 'between' | 'line' | 'line start' = 'between';
  #asked = false;
  #socketEnded = false;
  /** Bytes behind the last answer. */
  #tailBytes = 0;

  /** @param first what was read of the connection before */
  constructor(connection: BoundedConnection, first: Buffer) {
    super({ allowHalfOpen: true, decodeStrings: false });
    this.connection = connection;
    this.#held = first;
    const { socket } = connection;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('end', () => {
      this.#socketEnded = true;
      this.#passOn();
    });
    socket.on('close', () => this.destroy());
  }

  /** The request that was passed on last is answered. */
  next(): void {
    this.#asked = false;
    this.connection.socket.resume();
    this.#passOn();
  }

  override _read(): void {
    this.#passOn();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: Done): void {
    this.connection.socket.write(chunk, encoding, done);
  }

  override _writev(chunks: { chunk: Buffer | string; encoding: BufferEncoding }[], done: Done): void {
    const { socket } = this.connection;
    socket.cork();
    for (const [index, { chunk, encoding }] of chunks.entries())
      socket.write(chunk, encoding, index === chunks.length - 1 ? done : undefined);
    socket.uncork();
  }

  /** Closing with bytes unread would be a reset, which can overtake the answer: they are read, and thrown away. */
  override _final(done: Done): void {
    const { socket } = this.connection;
    socket.resume();
    socket.end(done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.connection.socket.destroy();
    done(error);
  }

  #take(bytes: Buffer): void {
    if (this.writableEnded) {
      this.#tailBytes += bytes.length;
      if (this.#tailBytes > MAX_TAIL_BYTES) this.destroy();
      return;
    }
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#passOn();
  }

  #passOn(): void {
    if (this.writableEnded) return;
    if (this.#asked) {
      if (this.#held.length > 0) this.connection.socket.pause();
      return;
    }
    const head = this.#held.subarray(0, this.#headEnd());
    this.#held = this.#held.subarray(head.length);
    if (head.length > 0) this.push(head);
    else if (this.#socketEnded && !this.readableEnded) this.push(null);
  }

  /** How many of the bytes held belong to the head; when it ends in them, the request is asked. */
  #headEnd(): number {
    for (let index = 0; index < this.#held.length; index++) {
      const byte = this.#held[index];
      if (byte === LF && this.#at === 'line start') {
        this.#at = 'between';
        this.#asked = true;
        return index + 1;
      }
      if (byte === LF && this.#at === 'line') this.#at = 'line start';
      // An empty line before a request is no part of it (RFC 9112 §2.2).
      else if (byte !== LF && byte !== CR) this.#at = 'line';
    }
    return this.#held.length;
  }
}
