import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** As many as end within a moment while others begin, with the usual three downloads at once. */
const MOST_IDLE = 3;
const IDLE_MS = 5000;

/**
 * Threads that hash files, each one file at a time. To start one takes 40 ms of a core, in which 80 MB are hashed: they
 * stay for the next file (200 files of 4 MiB took 10.9 s when each had a new one).
 */
export class HashThreads {
  readonly #idleMs: number;
  /** With the timer that ends them. */
  readonly #idle = new Map<Worker, NodeJS.Timeout>();

  /** @param init.idleMs how long a thread stays without a file. @default 5000 */
  constructor({ idleMs = IDLE_MS } = {}) {
    this.#idleMs = idleMs;
  }

  take(): Worker {
    const [kept] = this.#idle.keys();
    if (kept === undefined) return this.#start();
    clearTimeout(this.#idle.get(kept));
    this.#idle.delete(kept);
    kept.ref();
    return kept;
  }

  /** It has answered everything and holds no file. Whoever had it listens no more. */
  giveBack(worker: Worker): void {
    if (this.#idle.size >= MOST_IDLE) {
      void worker.terminate();
      return;
    }
    worker.unref();
    this.#idle.set(worker, setTimeout(() => this.#end(worker), this.#idleMs).unref());
  }

  /** It takes a moment to end, in which nobody may be given it any more. */
  #end(worker: Worker): void {
    this.#idle.delete(worker);
    void worker.terminate();
  }

  #start(): Worker {
    const worker = new Worker(workerPath());
    // While it has nothing to do nobody listens; the end of the thread follows.
    worker.on('error', () => {});
    worker.on('exit', () => {
      clearTimeout(this.#idle.get(worker));
      this.#idle.delete(worker);
    });
    return worker;
  }
}

/** Those of this process. */
export const hashThreads = new HashThreads();

/** Beside the bundle; in the sources, which only tests run, it is the TypeScript file. */
function workerPath(): string {
  return typeof __dirname === 'undefined'
    ? join(import.meta.dirname, 'hashWorker.ts')
    : join(__dirname, 'hashWorker.js');
}
