import { abortable } from '../../kit/abort.ts';
import type { ByteSink, ClaimBytes, ReadInMemory } from '../../kit/byteSink.ts';
import { BUFFER_BYTES, type WriteBuffers } from './writeBuffers.ts';

/** Pieces that may wait to be read by somebody else: memory, and what is left to read when the last byte has come. */
const MOST_READ = 32;

/** Positional write of all bytes; rejects with a coded disk error. */
export type WriteAt = (bytes: Uint8Array, position: number) => Promise<void>;

/**
 * The sink of one range of a part file. Bytes count when their write has ended (`onWritten`), not when they were received.
 */
export class RangeSink implements ByteSink {
  readonly #write: WriteAt;
  readonly #buffers: WriteBuffers;
  readonly #onWritten: (start: number, end: number) => void;
  readonly #alsoRead: ReadInMemory | undefined;
  readonly #claim: ClaimBytes;
  #end: number;
  #buffer: Uint8Array | null = null;
  /** Bytes of the buffer that hold data. */
  #used = 0;
  /** Of these, how many a write has taken. */
  #submitted = 0;
  /** File offset of the next byte to be received. */
  #position: number;
  readonly #pending = new Set<Promise<void>>();
  /** Others who read what has been submitted. */
  readonly #readers = new Set<Promise<void>>();
  #failure: unknown = null;

  constructor(
    range: { start: number; end: number },
    components: {
      readonly write: WriteAt;
      readonly buffers: WriteBuffers;
      readonly onWritten: (start: number, end: number) => void;
      /** @default nobody does */
      readonly alsoRead?: ReadInMemory | undefined;
      /** @default all of it is to be written */
      readonly claim?: ClaimBytes | undefined;
    },
  ) {
    this.#position = range.start;
    this.#end = range.end;
    this.#write = components.write;
    this.#buffers = components.buffers;
    this.#onWritten = components.onWritten;
    this.#alsoRead = components.alsoRead;
    this.#claim = components.claim ?? ((start, end) => [{ start, end }]);
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#end - this.#position;
  }

  /** Gives the range's tail to somebody else. What was received already stays. */
  shrinkTo(end: number): void {
    this.#end = Math.max(this.#position, Math.min(this.#end, end));
  }

  lend(): Uint8Array {
    this.#buffer ??= this.#buffers.take();
    return this.#buffer.subarray(this.#used, Math.min(BUFFER_BYTES, this.#used + this.remaining));
  }

  filled(count: number): boolean {
    // Memory was lent before the range was cut short: what lies beyond the new end is somebody else's.
    const taken = Math.min(count, this.remaining);
    this.#used += taken;
    this.#position += taken;
    if (this.#used === BUFFER_BYTES || this.remaining === 0) this.#submit({ keepBuffer: false });
    return this.#failure === null && !(this.#buffer === null && (this.#buffers.congested || this.#isReaderBehind));
  }

  async ready(options: { signal: AbortSignal }): Promise<void> {
    while (this.#failure === null && this.#buffer === null && this.#buffers.congested) {
      await this.#buffers.nextWriteEnd(options);
    }
    while (this.#isReaderBehind) await abortable(Promise.race(this.#readers), options);
    if (this.#failure !== null) throw this.#failure;
  }

  /** Waits until everything received so far is written, full buffer or not. @throws the first disk error */
  async drain(): Promise<void> {
    // The buffer stays: its free part may be lent out, with a read on its way into it.
    this.#submit({ keepBuffer: true });
    await Promise.all(this.#pending);
    if (this.#failure !== null) throw this.#failure;
  }

  /** Nobody fills it any more: gives the memory back. Call it after `drain`. */
  close(): void {
    if (this.#buffer !== null) this.#release(this.#buffer);
    this.#buffer = null;
  }

  get #isReaderBehind(): boolean {
    return this.#readers.size >= MOST_READ;
  }

  #submit(options: { keepBuffer: boolean }): void {
    const buffer = this.#buffer;
    if (buffer === null) return;
    const from = this.#submitted;
    const length = this.#used - from;
    const start = this.#position - length;
    this.#submitted = this.#used;
    if (length > 0) this.#writeClaimed(buffer.subarray(from, from + length), start);
    if (options.keepBuffer) return;
    this.#buffer = null;
    this.#used = 0;
    this.#submitted = 0;
    this.#release(buffer);
  }

  /** Parts of it may still be on their way to the disk, or be read. */
  #release(buffer: Uint8Array): void {
    const users = [...this.#pending, ...this.#readers];
    if (users.length === 0) this.#buffers.giveBack(buffer);
    else void Promise.all(users).then(() => this.#buffers.giveBack(buffer));
  }

  #writeClaimed(bytes: Uint8Array, position: number): void {
    for (const { start, end } of this.#claim(position, position + bytes.length))
      this.#startWrite(bytes.subarray(start - position, end - position), start);
  }

  #startWrite(bytes: Uint8Array, start: number): void {
    const read = this.#alsoRead?.(bytes, start) ?? null;
    if (read !== null) {
      const reader = read.then(() => void this.#readers.delete(reader));
      this.#readers.add(reader);
    }
    this.#buffers.writeStarted();
    const write = this.#write(bytes, start)
      .then(
        () => this.#onWritten(start, start + bytes.length),
        (error: unknown) => {
          this.#failure ??= error;
        },
      )
      .finally(() => {
        this.#pending.delete(write);
        this.#buffers.writeEnded();
      });
    this.#pending.add(write);
  }
}
