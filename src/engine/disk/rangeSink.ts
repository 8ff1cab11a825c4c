import { onAbort } from '../../kit/abort.ts';
import type { ByteSink } from '../../kit/byteSink.ts';
import { BUFFER_BYTES, type WriteBuffers } from './writeBuffers.ts';

/** Positional write of all bytes; rejects with a coded disk error. */
export type WriteAt = (bytes: Uint8Array, position: number) => Promise<void>;

/**
 * The sink of one range of a part file. Bytes count when their write has ended (`onWritten`), not when they were received.
 */
export class RangeSink implements ByteSink {
  readonly #write: WriteAt;
  readonly #buffers: WriteBuffers;
  readonly #onWritten: (start: number, end: number) => void;
  #end: number;
  #buffer: Uint8Array | null = null;
  /** Bytes of the buffer that hold data. */
  #used = 0;
  /** File offset of the next byte to be received. */
  #position: number;
  #pending = new Set<Promise<void>>();
  #failure: unknown = null;

  constructor(
    range: { start: number; end: number },
    components: { write: WriteAt; buffers: WriteBuffers; onWritten: (start: number, end: number) => void },
  ) {
    this.#position = range.start;
    this.#end = range.end;
    this.#write = components.write;
    this.#buffers = components.buffers;
    this.#onWritten = components.onWritten;
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
    this.#used += count;
    this.#position += count;
    if (this.#used === BUFFER_BYTES || this.remaining === 0) this.submit();
    return this.#failure === null && !(this.#buffer === null && this.#buffers.congested);
  }

  async ready({ signal }: { signal: AbortSignal }): Promise<void> {
    while (this.#failure === null && this.#buffer === null && this.#buffers.congested) {
      await new Promise<void>((resolve, reject) => {
        const link = onAbort(signal, reject);
        void this.#buffers.nextWriteEnd().then(() => {
          link.dispose();
          resolve();
        });
      });
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Starts writing what was received so far, even when the buffer is not full. */
  submit(): void {
    const buffer = this.#buffer;
    if (buffer === null) return;
    this.#buffer = null;
    const length = this.#used;
    this.#used = 0;
    if (length === 0) {
      this.#buffers.giveBack(buffer);
      return;
    }
    const start = this.#position - length;
    this.#buffers.writeStarted();
    const write = this.#write(buffer.subarray(0, length), start)
      .then(
        () => this.#onWritten(start, start + length),
        (error: unknown) => {
          this.#failure ??= error;
        },
      )
      .finally(() => {
        this.#pending.delete(write);
        this.#buffers.writeEnded(buffer);
      });
    this.#pending.add(write);
  }

  /** Waits until everything received so far is written; no memory is held after that. @throws the first disk error */
  async drain(): Promise<void> {
    this.submit();
    await Promise.all(this.#pending);
    if (this.#failure !== null) throw this.#failure;
  }
}
