import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { toDiskError } from './diskError.ts';

/** What a file is like now; `tag` changes with every change of its bytes that the file system tells of. */
export interface FileFacts {
  readonly sizeBytes: number;
  /** Since the epoch. */
  readonly mtimeMs: number;
  readonly tag: string;
}

/** Not followed and not waited for: a link or a pipe that has taken the file's place. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Null: it is gone, or no regular file. */
export async function fileFacts(path: string): Promise<FileFacts | null> {
  try {
    return factsOf(await stat(path, { bigint: true }));
  } catch {
    return null;
  }
}

/** A file that others read while it lies where it lies. */
export class ServedFile {
  readonly facts: FileFacts;
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle, facts: FileFacts) {
    this.#path = path;
    this.#handle = handle;
    this.facts = facts;
  }

  /** Null: it is gone, no regular file, or may not be read. */
  static async open(path: string): Promise<ServedFile | null> {
    const handle = await open(path, READ_FLAGS).catch(() => null);
    if (handle === null) return null;
    const facts = await handle.stat({ bigint: true }).then(factsOf, () => null);
    if (facts !== null) return new ServedFile(path, handle, facts);
    await handle.close();
    return null;
  }

  /** Bytes read; fewer than the buffer takes only at the end of the file. @throws TributaryError of the disk */
  async read(buffer: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    try {
      while (filled < buffer.length) {
        const { bytesRead } = await this.#handle.read(buffer, filled, buffer.length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
    } catch (error) {
      throw toDiskError(error, this.#path);
    }
    return filled;
  }

  /** False: what was read may be of two versions. */
  async isUnchanged(): Promise<boolean> {
    const now = await this.#handle.stat({ bigint: true }).then(factsOf, () => null);
    return now !== null && now.tag === this.facts.tag;
  }

  async close(): Promise<void> {
    await this.#handle.close().catch(() => {});
  }
}

function factsOf(stats: {
  isFile(): boolean;
  size: bigint;
  mtimeNs: bigint;
  mtimeMs: bigint;
  ino: bigint;
}): FileFacts | null {
  if (!stats.isFile()) return null;
  const tag = [stats.size, stats.mtimeNs, stats.ino].map((value) => value.toString(36)).join('-');
  return { sizeBytes: Number(stats.size), mtimeMs: Number(stats.mtimeMs), tag };
}
