import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { TributaryError } from '../../contract/errors.ts';
import { toDiskError, toReadError } from './diskError.ts';

/** A pipe is opened at once and refused, instead of being waited for until somebody writes to it. Windows has no such flag. */
const READ_AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What tells one state of a file from another, cheaply. */
export interface FileState {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** A complete file that is read by ranges. */
export class ReadableFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle, state: FileState) {
    this.path = path;
    this.#handle = handle;
    this.sizeBytes = state.sizeBytes;
    this.modifiedMs = state.modifiedMs;
  }

  /**
   * @param options.followLinks false: a symbolic link is no file, whatever it leads to. @default true
   * @throws TributaryError `file-missing`, `share-unreadable` (a folder, say), disk errors
   */
  static async open(path: string, options: { followLinks?: boolean } = {}): Promise<ReadableFile> {
    let handle: FileHandle;
    try {
      const noLinks = options.followLinks === false ? (constants.O_NOFOLLOW ?? 0) : 0;
      handle = await open(path, READ_AT_ONCE | noLinks);
    } catch (error) {
      throw toReadError(error, path);
    }
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw new TributaryError('share-unreadable', { path, reason: 'it is no file' });
      return new ReadableFile(path, handle, { sizeBytes: found.size, modifiedMs: Math.floor(found.mtimeMs) });
    } catch (error) {
      await handle.close();
      throw toDiskError(error, path);
    }
  }

  get name(): string {
    return basename(this.path);
  }

  /** Fills the memory from that position on; fewer bytes only at the end. @throws TributaryError of the disk */
  readonly readAt = async (memory: Uint8Array, position: number): Promise<number> => {
    try {
      let count = 0;
      while (count < memory.length) {
        const { bytesRead } = await this.#handle.read(memory, count, memory.length - count, position + count);
        if (bytesRead === 0) break;
        count += bytesRead;
      }
      return count;
    } catch (error) {
      throw toDiskError(error, this.path);
    }
  };

  /** Whether it is still what it was when it was opened. */
  async isUnchanged(): Promise<boolean> {
    try {
      const { size, mtimeMs } = await this.#handle.stat();
      return size === this.sizeBytes && Math.floor(mtimeMs) === this.modifiedMs;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
