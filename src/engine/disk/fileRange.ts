import { open, stat } from 'node:fs/promises';
import { toDiskError } from './diskError.ts';

/** By which it is seen that a file was changed or replaced. */
export interface FileStamp {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** Null when there is no such file. */
export async function fileStamp(path: string): Promise<FileStamp | null> {
  try {
    const info = await stat(path);
    return info.isFile() ? { sizeBytes: info.size, modifiedMs: info.mtimeMs } : null;
  } catch {
    return null;
  }
}

/** Bytes of a file as long as it is the one it was; null when it is gone, changed or shorter. */
export async function readFileRange(
  path: string,
  range: { start: number; end: number },
  stamp: FileStamp,
): Promise<Uint8Array | null> {
  try {
    const file = await open(path, 'r');
    try {
      const info = await file.stat();
      if (info.size !== stamp.sizeBytes || info.mtimeMs !== stamp.modifiedMs) return null;
      const bytes = Buffer.allocUnsafe(range.end - range.start);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, range.start);
      return bytesRead === bytes.length ? bytes : null;
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

/** A file from its beginning to its end, in pieces. @throws TributaryError of the disk; the signal's reason when aborted */
export async function* readFilePieces(
  path: string,
  pieceBytes: number,
  { signal }: { signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw toDiskError(error, path);
  });
  try {
    for (;;) {
      signal.throwIfAborted();
      const bytes = Buffer.allocUnsafe(pieceBytes);
      let filled = 0;
      while (filled < pieceBytes) {
        const { bytesRead } = await file.read(bytes, filled, pieceBytes - filled, null);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      if (filled > 0) yield bytes.subarray(0, filled);
      if (filled < pieceBytes) return;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw toDiskError(error, path);
  } finally {
    await file.close();
  }
}
