import { type BigIntStats, constants, readlinkSync } from 'node:fs';
import { type FileHandle, lstat, open, realpath, stat } from 'node:fs/promises';
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

/** A file that is being replaced again and again is met in between now and then. */
const ATTEMPTS = 3;

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

  /**
   * Null: it is gone, no regular file, may not be read, or the path leads somewhere else by now, because a link has taken
   * the place of a folder on its way.
   * @param path without links, as `realpath` tells it
   */
  static async open(path: string): Promise<ServedFile | null> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const handle = await open(path, READ_FLAGS).catch(() => null);
      if (handle === null) return null;
      const stats = await handle.stat({ bigint: true }).catch(() => null);
      const facts = stats === null ? null : factsOf(stats);
      if (stats !== null && facts !== null && (await liesAt(path, handle, stats)))
        return new ServedFile(path, handle, facts);
      await handle.close();
      if (facts === null) return null;
    }
    return null;
  }

  /** Open as long as this is; whatever reads from it may be another thread. */
  get fd(): number {
    return this.#handle.fd;
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

/** Whether what was opened is what lies at the path itself, and was not come to by way of a link. */
async function liesAt(path: string, handle: FileHandle, opened: BigIntStats): Promise<boolean> {
  try {
    // The kernel's own word for the open file, without a look at any disk: nobody can get in between.
    if (process.platform === 'linux') return readlinkSync(`/proc/self/fd/${handle.fd}`) === path;
  } catch {
    // Without /proc, as elsewhere.
  }
  const there = await lstat(path, { bigint: true }).catch(() => null);
  if (there?.ino !== opened.ino) return false;
  return (await realpath(path).catch(() => null)) === path;
}

/** Null: no regular file. The time of change tells also of bytes that were written before the time of modification was set back. */
export function factsOf(stats: BigIntStats): FileFacts | null {
  if (!stats.isFile()) return null;
  const tag = [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino].map((value) => value.toString(36)).join('-');
  return { sizeBytes: Number(stats.size), mtimeMs: Number(stats.mtimeMs), tag };
}
