import { type FileHandle, open } from 'node:fs/promises';
import { PART_SUFFIX } from '../../kit/partNames.ts';
import { toDiskError } from './diskError.ts';
import { finishFile } from './finish.ts';
import { hashFile } from './hashFile.ts';
import { removeFile } from './jsonFile.ts';
import { PartHasher } from './partHasher.ts';

/** One write of about that much; more may wait for the disk before the sender has to. */
const WRITE_BYTES = 1024 * 1024;
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
/** Whoever sends byte by byte must not fill the memory with the pieces' own weight. */
const MOST_PIECES = 1024;
/** Below this a thread takes longer to start than the hash to compute. */
const SMALL_BYTES = 2 * 1024 * 1024;

/**
 * A file that comes in its order, from where an earlier attempt has ended. There is never more than one write under way:
 * whatever kills the process, the part file is a beginning of the file, without holes.
 */
export class IncomingFile {
  readonly #targetPath: string;
  readonly #sizeBytes: number;
  readonly #handle: FileHandle;
  readonly #hasher: PartHasher | null;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** Where the next write goes. */
  #written: number;
  #writing: Promise<void> | null = null;
  #failure: unknown = null;
  #closed = false;

  private constructor(targetPath: string, handle: FileHandle, init: { offset: number; sizeBytes: number }) {
    this.#targetPath = targetPath;
    this.#handle = handle;
    this.#written = init.offset;
    this.#sizeBytes = init.sizeBytes;
    this.#hasher =
      init.sizeBytes > SMALL_BYTES ? new PartHasher({ path: targetPath + PART_SUFFIX, algorithm: 'sha256' }) : null;
    this.#hasher?.advance(init.offset);
  }

  /**
   * Goes on with `<target>.part`, or begins it. A part that is longer than the file is of another file, and begun anew.
   * @throws TributaryError of the disk
   */
  static async open(targetPath: string, sizeBytes: number): Promise<IncomingFile> {
    const path = targetPath + PART_SUFFIX;
    try {
      const handle = await open(path, 'a+', 0o600).then(async (made) => {
        await made.close();
        // Not in the mode of appending: writes go where they are told to.
        return open(path, 'r+');
      });
      try {
        const { size } = await handle.stat();
        const offset = size > sizeBytes ? 0 : size;
        if (offset !== size) await handle.truncate(0);
        return new IncomingFile(targetPath, handle, { offset, sizeBytes });
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (error) {
      throw toDiskError(error, path);
    }
  }

  /** What is there already. */
  get offset(): number {
    return this.#written;
  }

  /** The next bytes; they are written over by nobody. False: take no more before `ready`. */
  push(bytes: Uint8Array): boolean {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes >= WRITE_BYTES || this.#queue.length >= MOST_PIECES) this.#startWrite();
    return !this.#isFull && this.#failure === null;
  }

  /** Resolves when more may be pushed. @throws TributaryError of the disk */
  async ready(): Promise<void> {
    while (this.#failure === null && this.#isFull) {
      this.#startWrite();
      await this.#writing;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Everything that was pushed is in the file. @throws TributaryError of the disk */
  async drain(): Promise<void> {
    while (this.#failure === null && (this.#queuedBytes > 0 || this.#writing !== null)) {
      this.#startWrite();
      await this.#writing;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /**
   * Every byte is there: lower-case hex of its SHA-256, once it would survive a power cut.
   * @throws TributaryError of the disk; the signal's reason
   */
  async digest(options: { signal: AbortSignal }): Promise<string> {
    await this.drain();
    const path = this.#targetPath + PART_SUFFIX;
    try {
      const flushed = this.#handle.datasync();
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

  /** Gives it its name; durable when it returns. @throws TributaryError of the disk */
  async moveToTarget(): Promise<void> {
    await this.close();
    await finishFile(this.#targetPath + PART_SUFFIX, this.#targetPath, { replace: true });
  }

  /** What has come stays for another attempt. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.drain().catch(() => {});
    await this.#hasher?.close();
    await this.#handle.close().catch(() => {});
  }

  /** Nothing of it stays. */
  async discard(): Promise<void> {
    for (const { length } of this.#queue) this.#queuedBytes -= length;
    this.#queue = [];
    await this.close();
    await removeFile(this.#targetPath + PART_SUFFIX);
  }

  get #isFull(): boolean {
    return this.#queuedBytes >= MOST_WAITING_BYTES || this.#queue.length >= 4 * MOST_PIECES;
  }

  #startWrite(): void {
    if (this.#writing !== null || this.#queuedBytes === 0 || this.#failure !== null) return;
    const pieces = this.#queue;
    const bytes = this.#queuedBytes;
    this.#queue = [];
    this.#writing = this.#write(pieces, bytes)
      .catch((error: unknown) => {
        this.#failure ??= toDiskError(error, this.#targetPath + PART_SUFFIX);
      })
      .finally(() => {
        this.#writing = null;
        // Only now: what is being written takes memory, too.
        this.#queuedBytes -= bytes;
        if (this.#queuedBytes >= WRITE_BYTES) this.#startWrite();
      });
  }

  /** All of the bytes: a write may take fewer than given. */
  async #write(pieces: readonly Uint8Array[], bytes: number): Promise<void> {
    let left = [...pieces];
    for (let done = 0; done < bytes; ) {
      const { bytesWritten } = await this.#handle.writev(left, this.#written);
      if (bytesWritten === 0) throw Object.assign(new Error('no bytes written'), { code: 'EIO' });
      this.#written += bytesWritten;
      done += bytesWritten;
      if (done < bytes) left = withoutFirst(left, bytesWritten);
    }
    this.#hasher?.advance(this.#written);
  }
}

function withoutFirst(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  return pieces.flatMap((piece) => {
    const rest = piece.subarray(Math.min(skip, piece.length));
    skip -= piece.length - rest.length;
    return rest.length === 0 ? [] : [rest];
  });
}
