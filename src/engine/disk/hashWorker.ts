/** Worker thread: hashes one file after the other, or parts of it, while it is being written. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { HashJob, HashReply, HashRequest } from './partHasher.ts';

const BLOCK_BYTES = 1024 * 1024;

const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
let job: HashJob = { path: '', algorithm: 'sha256' };
/** Opened here, when it was first needed. */
let own: number | null = null;
/** Of the whole file, as far as it has been read. */
let whole = createHash(job.algorithm);
let position = 0;

function open(next: HashJob): void {
  job = next;
  restart();
}

/** Some network file systems report a failure here (close(2)): the file is closed all the same. */
function close(): void {
  const fd = own;
  own = null;
  try {
    if (fd !== null) closeSync(fd);
  } catch {
    // It was only read.
  }
}

function restart(): void {
  whole = createHash(job.algorithm);
  position = 0;
}

function fileOf({ fd, path }: HashJob): number {
  if (fd !== undefined) return fd;
  own ??= openSync(path, 'r');
  return own;
}

/** The next bytes of a range. @throws when the file ends before that */
function readBlock(start: number, end: number): Uint8Array {
  const count = readSync(fileOf(job), block, 0, Math.min(BLOCK_BYTES, end - start), start);
  if (count === 0) throw Object.assign(new Error('the file is shorter than it was'), { code: 'EIO' });
  return block.subarray(0, count);
}

/** Block by block, so that after a failure it is known how far the hash has come. */
function advance(end: number): void {
  while (position < end) {
    const bytes = readBlock(position, end);
    whole.update(bytes);
    position += bytes.length;
  }
}

function digestOf({ start, end, algorithm: wanted }: Extract<HashRequest, { kind: 'range' }>): string {
  const hash: Hash = createHash(wanted);
  for (let at = start; at < end; ) {
    const bytes = readBlock(at, end);
    hash.update(bytes);
    at += bytes.length;
  }
  return hash.digest('hex');
}

function answer(request: HashRequest): string | null {
  switch (request.kind) {
    case 'open':
      open(request.job);
      return null;
    case 'close':
      close();
      parentPort?.postMessage({ doneWith: 'file' } satisfies HashReply);
      return null;
    case 'restart':
      restart();
      return null;
    case 'bytes':
      // Else something before them could not be read: all is read once more when the digest is asked for.
      if (position === request.start) {
        whole.update(request.bytes);
        position += request.bytes.length;
      }
      parentPort?.postMessage({ doneWith: 'bytes' } satisfies HashReply);
      return null;
    case 'advance':
      advance(request.end);
      return null;
    case 'finish':
      advance(request.end);
      return whole.digest('hex');
    case 'range':
      return digestOf(request);
  }
}

parentPort?.on('message', (request: HashRequest) => {
  const reply = (message: HashReply): void => parentPort?.postMessage(message);
  try {
    const hex = answer(request);
    if (hex !== null && 'id' in request) reply({ id: request.id, hex });
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    // What fails beside the transfer is found out again when the digest is asked for.
    if ('id' in request) reply({ id: request.id, errno: code, message });
  }
});
