import { type FileHandle, open, stat } from 'node:fs/promises';
import { PART_SUFFIX } from '../../kit/partNames.ts';
import { toDiskError } from './diskError.ts';
import { RangeSink } from './rangeSink.ts';
import { WriteBuffers } from './writeBuffers.ts';

/** Shared by all part files of the process, so that the memory is bounded for all of them together. */
const buffers = new WriteBuffers();

/** The incomplete file beside its target. Everything goes in by offset; its final name comes last. */
export class PartFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #closed: Promise<void> | null = null;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /**
   * Opens `<target>.part`.
   * @param options.fresh true: it must not exist yet; false: it is gone on with, or made anew when it is missing
   * @throws TributaryError `file-exists`, `folder-unwritable`, `file-missing`, `disk-full`, `disk-error`
   */
  static async open(targetPath: string, options: { fresh: boolean }): Promise<PartFile> {
    const path = targetPath + PART_SUFFIX;
    try {
      const handle = await open(path, options.fresh ? 'wx+' : 'r+', 0o666);
      return new PartFile(path, handle);
    } catch (error) {
      throw toDiskError(error, path);
    }
  }

  /** Gives the file its final length, without allocating blocks: writes at any offset keep it in one piece. */
  async setLength(bytes: number): Promise<void> {
    try {
      await this.#handle.truncate(bytes);
    } catch (error) {
      throw toDiskError(error, this.path);
    }
  }

  get congested(): boolean {
    return buffers.congested;
  }

  /** Fewer bytes than asked for when the file is shorter. */
  async readAt(range: { start: number; end: number }): Promise<Uint8Array> {
    try {
      const bytes = Buffer.alloc(range.end - range.start);
      const { bytesRead } = await this.#handle.read(bytes, 0, bytes.length, range.start);
      return bytes.subarray(0, bytesRead);
    } catch (error) {
      throw toDiskError(error, this.path);
    }
  }

  sink(range: { start: number; end: number }, onWritten: (start: number, end: number) => void): RangeSink {
    return new RangeSink(range, { write: (bytes, position) => this.#writeAll(bytes, position), buffers, onWritten });
  }

  /** Everything written before this call survives a power cut once it returns. */
  async flush(): Promise<void> {
    try {
      await this.#handle.datasync();
    } catch (error) {
      throw toDiskError(error, this.path);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close().catch((error: unknown) => {
      throw toDiskError(error, this.path);
    });
    return this.#closed;
  }

  /** A write may take fewer bytes than given (a nearly full disk does that): the rest is written again. */
  async #writeAll(bytes: Uint8Array, position: number): Promise<void> {
    try {
      let written = 0;
      while (written < bytes.length) {
        const result = await this.#handle.write(bytes, written, bytes.length - written, position + written);
        if (result.bytesWritten === 0) throw Object.assign(new Error('no bytes written'), { code: 'EIO' });
        written += result.bytesWritten;
      }
    } catch (error) {
      throw toDiskError(error, this.path);
    }
  }
}

/** Size in bytes, or null when there is no such file. */
export async function fileSize(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch {
    return null;
  }
}
