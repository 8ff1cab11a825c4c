import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { TributaryError } from '../../contract/errors.ts';
import type { ByteSink } from '../../kit/byteSink.ts';
import { toDiskError } from './diskError.ts';
import { finishFile } from './finish.ts';
import { hashFile } from './hashFile.ts';
import { removeFile } from './jsonFile.ts';
import { writeBuffers } from './partFile.ts';
import { PartHasher } from './partHasher.ts';
import { BUFFER_BYTES } from './writeBuffers.ts';
import { writeFully } from './writeFully.ts';

/** More may wait for the disk, or to be hashed, before the sender has to: memory, and what is left to do behind the last byte. */
const MOST_BESIDE_OTHERS = { writes: 4, reads: 16 };
/** Of a file that comes alone. On two cores 2 GiB came in 1.68 s by that, instead of 1.73 s. */
const MOST_ALONE = { writes: 12, reads: 48 };
/** Below this a thread takes longer to start than the hash to compute. */
const SMALL_BYTES = 2 * 1024 * 1024;
/** Made when it is missing. A link is not followed and a pipe not waited for: whoever put it there means harm. */
const OPEN_FLAGS = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** A buffer that does not fill is written as far as it has come after this time, or twice as long. */
const WRITE_BEHIND_MS = 100;

interface Filled {
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Nothing more goes into the buffer. */
  readonly last: boolean;
}

/**
 * A file that comes in its order, from where an earlier attempt has ended. There is never more than one write under way:
 * whatever kills the process, the part file is a beginning of the file, without holes, and has all but what came last.
 */
export class IncomingFile implements ByteSink {
  /** How many of this process are open. */
  static #open = 0;
  readonly path: string;
  readonly #sizeBytes: number;
  readonly #handle: FileHandle;
  readonly #hasher: PartHasher | null;
  /** Being filled; null before the first byte and between two. */
  #buffer: Uint8Array | null = null;
  #used = 0;
  /** Of these, how many a write has taken. */
  #submitted = 0;
  #writeBehind: NodeJS.Timeout | undefined;
  /** Since the timer was started. */
  #hasSubmitted = false;
  /** Filled, and on their way into the file one after the other. */
  readonly #queue: Filled[] = [];
  /** Full ones of these, and the one that is being written. */
  #waiting = 0;
  /** What the hash reads in its memory, or is to read. */
  readonly #reads = new Set<Promise<void>>();
  /** Of the next byte to be received. */
  #position: number;
  /** Where the next write goes. */
  #written: number;
  #writing: Promise<void> | null = null;
  #failure: unknown = null;
  /** A flush has failed: the system tells so once, and of which bytes it does not say. */
  #hasLostBytes = false;
  #closed = false;

  private constructor(path: string, handle: FileHandle, init: { offset: number; sizeBytes: number }) {
    IncomingFile.#open++;
    this.path = path;
    this.#handle = handle;
    this.#written = init.offset;
    this.#position = init.offset;
    this.#sizeBytes = init.sizeBytes;
    this.#hasher = init.sizeBytes > SMALL_BYTES ? new PartHasher({ path, algorithm: 'sha256' }) : null;
  }

  /**
   * Goes on with the part at that path, or begins it. One that is longer than the file is of another file, and begun anew.
   * @throws TributaryError of the disk
   */
  static async open(path: string, sizeBytes: number): Promise<IncomingFile> {
    try {
      const handle = await open(path, OPEN_FLAGS, 0o600);
      try {
        const found = await handle.stat();
        if (!found.isFile()) throw new TributaryError('disk-error', { path, reason: 'it is no file' });
        const offset = found.size > sizeBytes ? 0 : found.size;
        if (offset !== found.size) await handle.truncate(0);
        return new IncomingFile(path, handle, { offset, sizeBytes });
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (error) {
      throw toDiskError(error, path);
    }
  }

  /** What is in the file already. */
  get offset(): number {
    return this.#written;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#sizeBytes - this.#position;
  }

  lend(): Uint8Array {
    this.#buffer ??= writeBuffers.take();
    return this.#buffer.subarray(this.#used, Math.min(BUFFER_BYTES, this.#used + this.remaining));
  }

  filled(count: number): boolean {
    this.#used += count;
    this.#position += count;
    if (this.#used === BUFFER_BYTES || this.remaining === 0) this.#submit({ keepBuffer: false });
    // One timer for a thousand reads: at full speed it finds every time that something was written meanwhile.
    else this.#writeBehind ??= setTimeout(() => this.#writeWhatIsThere(), WRITE_BEHIND_MS);
    return !this.#isFull && this.#failure === null;
  }

  async ready(): Promise<void> {
    while (this.#failure === null && this.#isFull)
      await (this.#waiting >= this.#most.writes ? this.#writing : Promise.race(this.#reads));
    if (this.#failure !== null) throw this.#failure;
  }

  /** Everything that was received is in the file. Nobody may fill what was lent before. @throws TributaryError of the disk */
  async drain(): Promise<void> {
    clearTimeout(this.#writeBehind);
    this.#writeBehind = undefined;
    this.#submit({ keepBuffer: false });
    await this.#writing;
    if (this.#failure !== null) throw this.#failure;
  }

  /**
   * Every byte is there: lower-case hex of its SHA-256, once it would survive a power cut.
   * @throws TributaryError of the disk; the signal's reason
   */
  async digest(options: { signal: AbortSignal }): Promise<string> {
    await this.drain();
    const { path } = this;
    try {
      const flushed = this.#handle.datasync().catch((error: unknown) => {
        this.#hasLostBytes = true;
        throw error;
      });
      const digest =
        this.#hasher === null
          ? hashFile({ path, algorithm: 'sha256' }, options)
          : this.#hasher.finish(this.#sizeBytes, options);
      digest.catch(() => {});
      await flushed;
      return await digest;
    } catch (error) {
      options.signal.throwIfAborted();
      throw toDiskError(error, path);
    }
  }

  /**
   * Gives it its name, which nothing may have; durable when it returns.
   * @returns true: it has its name as a part, too, as long as the file system knows such a thing
   * @throws TributaryError of the disk
   */
  async moveTo(targetPath: string): Promise<boolean> {
    await this.close();
    return finishFile(this.path, targetPath, { replace: false, keepFirst: true });
  }

  /** What has come stays for another attempt, unless a flush has failed. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    IncomingFile.#open--;
    await this.drain().catch(() => {});
    await this.#hasher?.close();
    if (this.#hasLostBytes) await this.#handle.truncate(0).catch(() => {});
    await this.#handle.close().catch(() => {});
  }

  /** Nothing of it stays. */
  async discard(): Promise<void> {
    this.#forget();
    await this.close();
    await removeFile(this.path);
  }

  get #isFull(): boolean {
    return this.#waiting >= this.#most.writes || this.#reads.size >= this.#most.reads;
  }

  get #most(): { readonly writes: number; readonly reads: number } {
    return IncomingFile.#open > 1 ? MOST_BESIDE_OTHERS : MOST_ALONE;
  }

  #writeWhatIsThere(): void {
    this.#writeBehind = undefined;
    // The buffer stays: its free part is lent out, with a read on its way into it.
    if (!this.#hasSubmitted) this.#submit({ keepBuffer: true });
    else if (this.#used > this.#submitted)
      this.#writeBehind = setTimeout(() => this.#writeWhatIsThere(), WRITE_BEHIND_MS);
    this.#hasSubmitted = false;
  }

  #submit(options: { keepBuffer: boolean }): void {
    const buffer = this.#buffer;
    if (buffer === null) return;
    const [start, end, last] = [this.#submitted, this.#used, !options.keepBuffer];
    if (start === end && !last) return;
    if (end > start) this.#hash(buffer.subarray(start, end), this.#position - (end - start));
    this.#queue.push({ buffer, start, end, last });
    this.#submitted = end;
    this.#hasSubmitted = true;
    if (last) {
      this.#waiting++;
      this.#buffer = null;
      this.#used = 0;
      this.#submitted = 0;
    }
    // What comes after bytes that could not be written has no place.
    if (this.#failure !== null) this.#forget();
    else this.#writing ??= this.#writeQueue();
  }

  #hash(bytes: Uint8Array, position: number): void {
    const read = this.#hasher?.take(bytes, position) ?? null;
    if (read === null) return;
    const ended = read.then(() => void this.#reads.delete(ended));
    this.#reads.add(ended);
  }

  /** Never fails: why it ended early is kept. */
  async #writeQueue(): Promise<void> {
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        const { start, end } = next;
        const bytes = next.buffer.subarray(start, end);
        // Only then: what is being written takes memory, too.
        await writeFully(this.#handle, bytes, this.#written).finally(() => this.#release(next));
        this.#written += bytes.length;
        this.#hasher?.advance(this.#written);
      }
    } catch (error) {
      this.#failure = toDiskError(error, this.path);
      this.#forget();
    } finally {
      this.#writing = null;
    }
  }

  #forget(): void {
    for (const filled of this.#queue.splice(0)) this.#release(filled);
  }

  #release({ buffer, last }: Filled): void {
    if (!last) return;
    this.#waiting--;
    void Promise.all(this.#reads).then(() => writeBuffers.giveBack(buffer));
  }
}
