import type { ServerResponse } from 'node:http';
import type { ServedFile } from '../disk/servedFile.ts';

/** Holds back what is sent. */
export interface UploadLimit {
  readonly limited: boolean;
  /** Resolves when so many bytes may go out; rejects when the signal is aborted. */
  admit(bytes: number, options: { signal: AbortSignal }): Promise<void>;
}

export interface SendInit {
  readonly start: number;
  readonly end: number;
  readonly limit: UploadLimit;
  readonly onSent: (bytes: number) => void;
}

/** With a limit, little at a time: nobody waits long enough for the next bytes to give up. */
const LIMITED_BLOCK_BYTES = 64 * 1024;

/** Answers under way in this process: the more there are, the less memory each gets. */
let sending = 0;

/**
 * Sends a part of a file as the body of an answer whose head is written. What has changed meanwhile is never sent to its
 * end: the connection is cut, and the client sees that bytes are missing.
 */
export async function sendFile(response: ServerResponse, file: ServedFile, init: SendInit): Promise<void> {
  const { start, end, limit, onSent } = init;
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the client has gone')));
  sending++;
  try {
    const blockBytes = Math.min(limit.limited ? LIMITED_BLOCK_BYTES : blockBytesFor(sending), end - start);
    // While one goes out, the next one is read.
    const blocks = [Buffer.allocUnsafeSlow(blockBytes), Buffer.allocUnsafeSlow(blockBytes)] as const;
    let written: Promise<void> = Promise.resolve();
    for (let at = start, turn = 0; at < end; turn++) {
      const block = blocks[turn % 2 === 0 ? 0 : 1].subarray(0, Math.min(blockBytes, end - at));
      if ((await file.read(block, at)) < block.length) throw new Error('the file is shorter than it was');
      at += block.length;
      if (at >= end && !(await file.isUnchanged())) throw new Error('the file has changed');
      await limit.admit(block.length, { signal: gone.signal });
      await written;
      gone.signal.throwIfAborted();
      written = write(response, block, gone.signal);
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

function write(response: ServerResponse, block: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onGone = (): void => reject(signal.reason);
    signal.addEventListener('abort', onGone, { once: true });
    response.write(block, (error) => {
      signal.removeEventListener('abort', onGone);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Two blocks for each answer: a hundred megabytes at most, with five hundred clients. */
function blockBytesFor(answers: number): number {
  if (answers <= 32) return 512 * 1024;
  return answers <= 64 ? 256 * 1024 : 64 * 1024;
}
