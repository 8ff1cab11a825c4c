import type { FileHandle } from 'node:fs/promises';

/** All of the bytes: a write may take fewer than given (a nearly full disk does that), then the rest is written again. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const result = await handle.write(bytes, written, bytes.length - written, position + written);
    if (result.bytesWritten === 0) throw Object.assign(new Error('no bytes written'), { code: 'EIO' });
    written += result.bytesWritten;
  }
}
