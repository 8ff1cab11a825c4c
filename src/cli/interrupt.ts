import { TributaryError } from '../contract/errors.ts';
import type { Disposable } from '../kit/disposables.ts';
import { EXIT_INTERRUPTED } from './exitCode.ts';

/** SIGHUP: the terminal was closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/**
 * One Ctrl-C can arrive twice: from the terminal and forwarded by a parent (npm does), or raised again by a library that
 * cleans up on signals. Nobody presses twice within this time.
 */
const SAME_MS = 200;

/** Turns the first signal that asks this process to stop into an abort; the second one ends it at once. */
export class Interrupt implements Disposable {
  readonly #handle = () => this.trigger();
  readonly #abort = new AbortController();
  #firstMs: number | null = null;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#handle);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get happened(): boolean {
    return this.#firstMs !== null;
  }

  trigger(): void {
    if (this.#firstMs === null) {
      this.#firstMs = performance.now();
      this.#abort.abort(new TributaryError('engine-lost'));
    } else if (performance.now() - this.#firstMs > SAME_MS) {
      process.exit(EXIT_INTERRUPTED);
    }
  }

  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.#handle);
  }
}
