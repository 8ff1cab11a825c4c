import { type FileHandle, open, stat } from 'node:fs/promises';
import type { DigestAlgorithm } from '../../contract/checksum.ts';
import type { ClaimBytes, ReadInMemory } from '../../kit/byteSink.ts';
import { PART_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';
import { toDiskError } from './diskError.ts';
import { finishFile } from './finish.ts';
import { nameAdded } from './folderNames.ts';
import { hashFile } from './hashFile.ts';
import { removeFile } from './jsonFile.ts';
import type { Part } from './part.ts';
import { RangeSink } from './rangeSink.ts';
import { WriteBuffers } from './writeBuffers.ts';
import { writeFully } from './writeFully.ts';

/** Shared by all part files of the process, so that the memory is bounded for all of them together. */
export const writeBuffers = new WriteBuffers();

/** The incomplete file beside its target. Everything goes in by offset; its final name comes last. */
export class PartFile implements Part {
  readonly path: string;
  readonly isFile = true;
  readonly leftover: string;
  readonly #handle: FileHandle;
  #closed: Promise<void> | null = null;

  private constructor(targetPath: string, handle: FileHandle) {
    this.path = targetPath + PART_SUFFIX;
    this.leftover = targetPath + RECORD_SUFFIX;
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
      nameAdded(path);
      nameAdded(targetPath + RECORD_SUFFIX);
      return new PartFile(targetPath, handle);
    } catch (error) {
      throw toDiskError(error, path);
    }
  }

  /**
   * Makes a part and its record. First the record: a part that stands alone after a crash would be nobody's, and block its
   * name for ever.
   * @throws what `writeRecord` throws; as `open`
   */
  static async begin(targetPath: string, writeRecord: () => Promise<void>): Promise<PartFile> {
    await writeRecord();
    try {
      return await PartFile.open(targetPath, { fresh: true });
    } catch (error) {
      // It would vouch for somebody else's part.
      await removeFile(targetPath + RECORD_SUFFIX).catch(() => {});
      throw error;
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
    return writeBuffers.congested;
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

  sink(
    range: { start: number; end: number },
    onWritten: (start: number, end: number) => void,
    alsoRead?: ReadInMemory,
    claim?: ClaimBytes,
  ): RangeSink {
    const write = (bytes: Uint8Array, position: number): Promise<void> => this.write(bytes, position);
    return new RangeSink(range, { write, buffers: writeBuffers, onWritten, alsoRead, claim });
  }

  /** Everything written before this call survives a power cut once it returns. */
  async flush(): Promise<void> {
    try {
      await this.#handle.datasync();
    } catch (error) {
      throw toDiskError(error, this.path);
    }
  }

  digest(algorithm: DigestAlgorithm, options: { signal: AbortSignal }): Promise<string> {
    return hashFile({ path: this.path, algorithm }, options);
  }

  async moveTo(path: string, options: { replace: boolean }): Promise<void> {
    // Windows moves no file that is open.
    await this.close();
    await finishFile(this.path, path, options);
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close().catch((error: unknown) => {
      throw toDiskError(error, this.path);
    });
    return this.#closed;
  }

  /** All of the bytes. @throws TributaryError of the disk */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      await writeFully(this.#handle, bytes, position);
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
