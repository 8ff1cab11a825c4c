/** Worker thread: hashes one file and ends. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { HashJob, HashReply } from './hashFile.ts';

function hash({ path, algorithm }: HashJob): HashReply {
  try {
    const file = openSync(path, 'r');
    try {
      const digest = createHash(algorithm);
      const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
      for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) {
        digest.update(buffer.subarray(0, count));
      }
      return { hex: digest.digest('hex') };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    return { errno: code, message };
  }
}

parentPort?.postMessage(hash(workerData as HashJob));
