import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from '../support/content.ts';
import { MIB } from './units.ts';

/** A file that the origin serves. */
export interface ServedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Writes a file of pseudo-random bytes into the served folder. */
export function serveFile(folder: string, name: string, sizeBytes: number): ServedFile {
  const content = new Content(sizeBytes, 1);
  const file = openSync(join(folder, name), 'w');
  for (let offset = 0; offset < sizeBytes; offset += 4 * MIB) writeSync(file, content.slice(offset, offset + 4 * MIB));
  closeSync(file);
  return { name, sizeBytes, sha256: digestOfFile(join(folder, name)) };
}

/** SHA-256, read in large pieces and without giving way: nothing else is measured while results are checked. */
export function digestOfFile(path: string): string {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(4 * MIB);
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const bytes = readSync(file, buffer);
      if (bytes === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytes));
    }
  } finally {
    closeSync(file);
  }
}
