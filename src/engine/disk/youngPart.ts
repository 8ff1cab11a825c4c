import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DigestAlgorithm } from '../../contract/checksum.ts';
import { TributaryError } from '../../contract/errors.ts';
import type { ClaimBytes, ReadInMemory } from '../../kit/byteSink.ts';
import { PART_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';
import { asidePath } from './aside.ts';
import { toDiskError } from './diskError.ts';
import { finishFile } from './finish.ts';
import { exists, isSameFileOnDisk } from './folder.ts';
import { forgetNames } from './folderNames.ts';
import { removeFile } from './jsonFile.ts';
import type { Part } from './part.ts';
import { PartFile, writeBuffers } from './partFile.ts';
import { RangeSink } from './rangeSink.ts';
import { BUFFER_BYTES } from './writeBuffers.ts';
import { writeFully } from './writeFully.ts';

/** Of the process, each with a buffer of its own; the others begin as files. */
const MOST_YOUNG = 16;

let young = 0;

export interface YoungPartInit {
  readonly targetPath: string;
  readonly sizeBytes: number;
  /** Tells this version of this link's file from any other. */
  readonly version: string;
  /** For `PartFile.begin`. */
  readonly writeRecord: () => Promise<void>;
}

/**
 * The bytes of a small file, in memory until it is complete or the first flush asks for them to be kept: then they become a
 * part file like any other. Most small files are complete before that, and cost six calls instead of some thirty. What a
 * crash can take is what it could take from any part file between two flushes.
 */
export class YoungPart implements Part {
  readonly #init: YoungPartInit;
  /** Null: the bytes are in the file, or nobody needs them any more. */
  #buffer: Uint8Array | null;
  readonly #memory: Uint8Array;
  #hasBytes = false;
  #file: PartFile | null = null;
  /** Writes wait for it: they belong into the file, behind the bytes that were in memory. */
  #becomingFile: Promise<void> | null = null;
  /** Where the complete bytes were written, until they have their name and nothing else. */
  #aside: string | null = null;
  #named = false;

  private constructor(init: YoungPartInit) {
    this.#init = init;
    const buffer = writeBuffers.take();
    this.#buffer = buffer;
    // What the last download has left in it is nobody's business.
    this.#memory = buffer.subarray(0, init.sizeBytes).fill(0);
    young++;
  }

  /** Null: it has more bytes than should be lost, or there are too many. */
  static begin(init: YoungPartInit): YoungPart | null {
    return init.sizeBytes <= BUFFER_BYTES && young < MOST_YOUNG ? new YoungPart(init) : null;
  }

  get path(): string {
    return this.#init.targetPath + PART_SUFFIX;
  }

  get isFile(): boolean {
    return this.#file !== null;
  }

  get congested(): boolean {
    return writeBuffers.congested;
  }

  get leftover(): string | null {
    return this.#file === null ? this.#aside : this.#file.leftover;
  }

  async setLength(bytes: number): Promise<void> {
    await this.#file?.setLength(bytes);
  }

  async readAt(range: { start: number; end: number }): Promise<Uint8Array> {
    return this.#file === null ? this.#memory.slice(range.start, range.end) : this.#file.readAt(range);
  }

  sink(
    range: { start: number; end: number },
    onWritten: (start: number, end: number) => void,
    _alsoRead?: ReadInMemory,
    claim?: ClaimBytes,
  ): RangeSink {
    return new RangeSink(range, {
      write: (bytes, position) => this.#write(bytes, position),
      buffers: writeBuffers,
      onWritten,
      claim,
    });
  }

  async flush({ complete }: { complete: boolean } = { complete: false }): Promise<void> {
    if (this.#file === null && this.#hasBytes && !complete) {
      this.#becomingFile = this.#becomeFile().finally(() => {
        this.#becomingFile = null;
      });
      await this.#becomingFile;
    }
    await this.#file?.flush();
  }

  async digest(algorithm: DigestAlgorithm, options: { signal: AbortSignal }): Promise<string> {
    if (this.#file !== null) return this.#file.digest(algorithm, options);
    return createHash(algorithm).update(this.#memory).digest('hex');
  }

  async moveTo(path: string, options: { replace: boolean }): Promise<void> {
    if (this.#file !== null) return this.#file.moveTo(path, options);
    const aside = await this.#writeAside();
    try {
      const keeps = await finishFile(aside, path, { ...options, keepFirst: true });
      this.#named = true;
      if (!keeps) this.#aside = null;
    } catch (error) {
      // The folder could not be flushed, say: then the first name tells the next run whose file it is.
      this.#named = await isSameFileOnDisk(aside, path);
      forgetNames(dirname(path));
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#release();
    await this.#file?.close();
    if (this.#aside !== null && !this.#named) await removeFile(this.#aside);
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    await this.#becomingFile;
    if (this.#file !== null) return this.#file.write(bytes, position);
    this.#memory.set(bytes, position);
    this.#hasBytes = true;
  }

  async #becomeFile(): Promise<void> {
    const { targetPath, writeRecord } = this.#init;
    const recordPath = targetPath + RECORD_SUFFIX;
    // Somebody else has begun the same file meanwhile: it stays in memory, and gets a name of its own when it is complete.
    if ((await exists(this.path)) || (await exists(recordPath))) return;
    let file: PartFile;
    try {
      file = await PartFile.begin(targetPath, writeRecord);
    } catch (error) {
      if (error instanceof TributaryError && error.code === 'file-exists') return;
      throw error;
    }
    try {
      await file.write(this.#memory, 0);
    } catch (error) {
      await file.close();
      await removeFile(this.path).catch(() => {});
      await removeFile(recordPath).catch(() => {});
      throw error;
    }
    this.#file = file;
    this.#release();
  }

  async #writeAside(): Promise<string> {
    // Written already: another name is tried.
    if (this.#aside !== null) return this.#aside;
    const path = asidePath(this.#init.targetPath, this.#init.version);
    try {
      const handle = await open(path, 'wx', 0o666);
      try {
        await writeFully(handle, this.#memory, 0);
        await handle.datasync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      await removeFile(path).catch(() => {});
      throw toDiskError(error, this.path);
    }
    this.#aside = path;
    return path;
  }

  #release(): void {
    if (this.#buffer === null) return;
    writeBuffers.giveBack(this.#buffer);
    this.#buffer = null;
    young--;
  }
}
