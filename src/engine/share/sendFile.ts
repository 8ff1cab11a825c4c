import type { ServerResponse } from 'node:http';
import { onAbort } from '../../kit/abort.ts';
import type { ServedFile } from '../disk/servedFile.ts';
import type { BoundedConnection } from '../net/boundedListener.ts';
import { admitTo, type UploadLimit } from './uploadLimit.ts';

export interface SendInit {
  readonly start: number;
  readonly end: number;
  readonly connection: BoundedConnection;
  readonly limit: UploadLimit;
  readonly onSent: (bytes: number) => void;
}

/** With a limit, little at a time, and no more than goes out in a second: nobody waits long enough to give up. */
const LIMITED_BLOCK_BYTES = 64 * 1024;
const SMALLEST_BLOCK_BYTES = 1024;

/** How long, in bytes and in time, a version is believed to be the one that was opened. */
const CHECK_BYTES = 4 * 1024 * 1024;
const CHECK_MS = 1000;

/** Answers under way in this process: the more there are, the less memory each gets. */
let sending = 0;

/**
 * Sends a part of a file as the body of an answer whose head is written. What has changed meanwhile is soon found out, and
 * never sent to its end: the connection is cut, and the client sees that bytes are missing.
 * @param options.signal aborted when the client has gone
 */
export async function sendFile(
  response: ServerResponse,
  file: ServedFile,
  init: SendInit,
  options: { signal: AbortSignal },
): Promise<void> {
  const { start, end, connection, limit, onSent } = init;
  sending++;
  try {
    const mostBytes = Math.min(blockBytesFor(sending), end - start);
    // While one goes out, the next one is read.
    const blocks = [Buffer.allocUnsafeSlow(mostBytes), Buffer.allocUnsafeSlow(mostBytes)] as const;
    let written: Promise<void> = Promise.resolve();
    let checked = { at: start, ms: performance.now() };
    for (let at = start, turn = 0; at < end; turn++) {
      options.signal.throwIfAborted();
      const block = blocks[turn % 2 === 0 ? 0 : 1].subarray(0, Math.min(limitedBy(limit), end - at));
      if ((await file.read(block, at)) < block.length) throw new Error('the file is shorter than it was');
      at += block.length;
      const nowMs = performance.now();
      if (at >= end || at - checked.at >= CHECK_BYTES || nowMs - checked.ms >= CHECK_MS) {
        if (!(await file.isUnchanged())) throw new Error('the file has changed');
        checked = { at, ms: nowMs };
      }
      await admitTo(connection, limit, block.length, options);
      await written;
      written = write(response, block, options);
      // It is waited for in the next round, and may fail before that.
      written.catch(() => {});
      onSent(block.length);
    }
    await written;
    response.end();
  } catch {
    response.destroy();
  } finally {
    sending--;
  }
}

/** Rejects with the signal's reason also when the answer will never call back. */
function write(response: ServerResponse, block: Buffer, { signal }: { signal: AbortSignal }): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const link = onAbort(signal, reject);
    response.write(block, (error) => {
      link.dispose();
      if (error) reject(error);
      else resolve();
    });
  });
}

/**
 * Two blocks for each answer: a hundred megabytes at most, with five hundred clients. A MiB for few of them, as fewer reads
 * and writes are cheaper: 2 GiB cost a seed 0.75 s of CPU that way, and 0.9 s with half of it.
 */
function blockBytesFor(answers: number): number {
  if (answers <= 16) return 1024 * 1024;
  if (answers <= 32) return 512 * 1024;
  return answers <= 64 ? 256 * 1024 : 64 * 1024;
}

function limitedBy({ bytesPerSecond }: UploadLimit): number {
  if (bytesPerSecond === 0) return Number.POSITIVE_INFINITY;
  return Math.max(SMALLEST_BLOCK_BYTES, Math.min(LIMITED_BLOCK_BYTES, bytesPerSecond));
}
