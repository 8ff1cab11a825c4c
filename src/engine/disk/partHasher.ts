import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { DigestAlgorithm } from '../../contract/checksum.ts';
import { onAbort } from '../../kit/abort.ts';
import { type Deferred, deferred } from '../../kit/deferred.ts';
import type { Disposable } from '../../kit/disposables.ts';
import { toDiskError } from './diskError.ts';
import { hashThreads } from './hashThreads.ts';

/** The thread is told of progress in steps: a message for every write would cost more than it brings. */
const STEP_BYTES = 4 * 1024 * 1024;
/** Pieces of memory that may wait for the thread. When it falls behind, it reads the rest from the file, and nobody waits for it. */
const MOST_TAKEN = 64;

/** What a thread is to hash. */
export interface HashJob {
  readonly path: string;
  /** Of the whole file. */
  readonly algorithm: DigestAlgorithm;
  /** The file when it is open already, and stays so until the hasher is closed. @default opened by its path */
  readonly fd?: number;
}

export type HashRequest =
  /** The next file; the one before was closed. */
  | { readonly kind: 'open'; readonly job: HashJob }
  | { readonly kind: 'close' }
  | { readonly kind: 'advance'; readonly end: number }
  /** The bytes from that offset on, in shared memory that stays as it is until they are done with. */
  | { readonly kind: 'bytes'; readonly start: number; readonly bytes: Uint8Array }
  | { readonly kind: 'restart' }
  | { readonly kind: 'finish'; readonly id: number; readonly end: number }
  | {
      readonly kind: 'range';
      readonly id: number;
      readonly start: number;
      readonly end: number;
      readonly algorithm: DigestAlgorithm;
    };

export type HashReply =
  | { readonly doneWith: 'bytes' | 'file' }
  | { readonly id: number; readonly hex: string }
  | { readonly id: number; readonly errno: string; readonly message: string };

/**
 * Hashes one file on a thread of its own, also while it is still being written: what is there from its first byte on is
 * read from the page cache right after it was written, so little is left to do when the last byte has come.
 */
export class PartHasher {
  readonly #job: HashJob;
  /** Memory that the thread reads or will read, in this order. */
  readonly #taken: Deferred<void>[] = [];
  readonly #waiting = new Map<number, Deferred<string>>();
  #worker: Worker | null = null;
  #listening: Disposable | null = null;
  /** Answers that the thread owes. */
  #owed = 0;
  /** Something without an answer was sent last: nobody knows how far the thread is with it. */
  #isBusy = false;
  #failure: unknown = null;
  #closing: Promise<void> | null = null;
  #lastId = 0;
  /** The thread has, or knows to be written, everything before it. */
  #told = 0;

  constructor(job: HashJob) {
    this.#job = job;
  }

  /** Of the digest of the whole file. */
  get algorithm(): DigestAlgorithm {
    return this.#job.algorithm;
  }

  /**
   * Hashes bytes that are on their way into the file where they lie, when they are the next ones: so they need not be read
   * back.
   * @param bytes in shared memory
   * @returns resolves when the memory is free again, never rejects; null: they are read when `advance` tells of them
   */
  take(bytes: Uint8Array, start: number): Promise<void> | null {
    if (start !== this.#told || this.#taken.length >= MOST_TAKEN || this.#failure !== null) return null;
    const taken = deferred<void>();
    this.#taken.push(taken);
    this.#told += bytes.length;
    this.#send({ kind: 'bytes', start, bytes });
    return taken.promise;
  }

  /** Everything before that offset is written and stays as it is. */
  advance(end: number): void {
    if (end < this.#told + STEP_BYTES) return;
    this.#told = end;
    this.#send({ kind: 'advance', end });
  }

  /** What was there before is void. */
  restart(): void {
    if (this.#told === 0) return;
    this.#told = 0;
    this.#send({ kind: 'restart' });
  }

  /** Lower-case hex. @throws TributaryError `file-missing`, `disk-error` */
  digest(range: { start: number; end: number }, algorithm: DigestAlgorithm): Promise<string> {
    return this.#ask((id) => ({ kind: 'range', id, ...range, algorithm }));
  }

  /**
   * The digest of the whole file, once.
   * @throws TributaryError `file-missing`, `disk-error`; the signal's reason when aborted
   */
  async finish(sizeBytes: number, options: { signal: AbortSignal }): Promise<string> {
    options.signal.throwIfAborted();
    const link = onAbort(options.signal, (reason) => this.#fail(reason));
    try {
      return await this.#ask((id) => ({ kind: 'finish', id, end: sizeBytes }));
    } finally {
      link.dispose();
    }
  }

  /** Closes the file; a thread that has more to do is ended. Whoever still waits is told so. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const worker = this.#worker;
    const hasTime = this.#owed === 0 && !this.#isBusy && this.#failure === null;
    this.#fail(new Error('the hasher was closed'));
    if (worker === null) return;
    const isFree = hasTime && (await isFileClosed(worker));
    this.#listening?.dispose();
    if (isFree) hashThreads.giveBack(worker);
    else await worker.terminate();
  }

  async #ask(request: (id: number) => HashRequest): Promise<string> {
    if (this.#failure !== null) throw this.#failure;
    const id = ++this.#lastId;
    const reply = deferred<string>();
    this.#waiting.set(id, reply);
    this.#send(request(id));
    return reply.promise;
  }

  #send(request: HashRequest): void {
    if (this.#failure !== null) return;
    this.#worker ??= this.#start();
    this.#isBusy = request.kind === 'advance' || request.kind === 'restart';
    if (!this.#isBusy) this.#owed++;
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = hashThreads.take();
    const onReply = (reply: HashReply): void => this.#answered(reply);
    const onError = (error: unknown): void => this.#fail(toDiskError(error, this.#job.path));
    const onExit = (): void => onError(new Error('the hash thread ended early'));
    worker.on('message', onReply).on('error', onError).on('exit', onExit);
    this.#listening = {
      dispose: () => void worker.off('message', onReply).off('error', onError).off('exit', onExit),
    };
    worker.postMessage({ kind: 'open', job: this.#job } satisfies HashRequest);
    return worker;
  }

  #answered(reply: HashReply): void {
    this.#owed--;
    if ('doneWith' in reply) {
      this.#taken.shift()?.resolve();
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('hex' in reply) waiting?.resolve(reply.hex);
    else waiting?.reject(toDiskError(Object.assign(new Error(reply.message), { code: reply.errno }), this.#job.path));
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    // What the thread makes of them now is of no use to anybody.
    for (const { resolve } of this.#taken.splice(0)) resolve();
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

/** False: the thread has ended instead. */
async function isFileClosed(worker: Worker): Promise<boolean> {
  const over = new AbortController();
  const answer = once(worker, 'message', over).then(() => true);
  const end = once(worker, 'exit', over).then(() => false);
  worker.postMessage({ kind: 'close' } satisfies HashRequest);
  try {
    return await Promise.race([answer, end]);
  } finally {
    for (const other of [answer, end]) other.catch(() => {});
    over.abort();
  }
}
