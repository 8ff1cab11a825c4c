import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DigestAlgorithm } from '../../contract/checksum.ts';
import { onAbort } from '../../kit/abort.ts';
import { type Deferred, deferred } from '../../kit/deferred.ts';
import { toDiskError } from './diskError.ts';

/** The thread is told of progress in steps: a message for every write would cost more than it brings. */
const STEP_BYTES = 4 * 1024 * 1024;

/** What a worker is started with. */
export interface HashJob {
  readonly path: string;
  /** Of the whole file. */
  readonly algorithm: DigestAlgorithm;
  /** The file when it is open already, and stays so until the hasher is closed. @default opened by its path */
  readonly fd?: number;
}

export type HashRequest =
  | { readonly kind: 'advance'; readonly end: number }
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
  | { readonly id: number; readonly hex: string }
  | { readonly id: number; readonly errno: string; readonly message: string };

/**
 * Hashes one file on a thread of its own, also while it is still being written: what is there from its first byte on is
 * read from the page cache right after it was written, so little is left to do when the last byte has come.
 */
export class PartHasher {
  readonly #job: HashJob;
  readonly #waiting = new Map<number, Deferred<string>>();
  #worker: Worker | null = null;
  #failure: unknown = null;
  #closing = false;
  #lastId = 0;
  /** The thread knows that everything before it is written. */
  #told = 0;

  constructor(job: HashJob) {
    this.#job = job;
  }

  /** Of the digest of the whole file. */
  get algorithm(): DigestAlgorithm {
    return this.#job.algorithm;
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

  /** Ends the thread and closes its file. Whoever still waits is told so. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#fail(new Error('the hasher was closed'));
    await this.#worker?.terminate();
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
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = new Worker(workerPath(), { workerData: this.#job });
    worker.on('message', (reply: HashReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('hex' in reply) waiting?.resolve(reply.hex);
      else waiting?.reject(toDiskError(Object.assign(new Error(reply.message), { code: reply.errno }), this.#job.path));
    });
    worker.on('error', (error) => this.#fail(toDiskError(error, this.#job.path)));
    worker.on('exit', () => {
      if (!this.#closing) this.#fail(toDiskError(new Error('the hash worker ended early'), this.#job.path));
    });
    return worker;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

/** Beside the bundle; in the sources, which only tests run, it is the TypeScript file. */
function workerPath(): string {
  return typeof __dirname === 'undefined'
    ? join(import.meta.dirname, 'hashWorker.ts')
    : join(__dirname, 'hashWorker.js');
}
