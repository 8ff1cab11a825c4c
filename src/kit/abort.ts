import type { Disposable } from './disposables.ts';

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export function sleep(ms: number, options: { signal: AbortSignal }): Promise<void> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Calls back once when the signal is aborted, at once when it is already; dispose to stop listening. */
export function onAbort(signal: AbortSignal, listener: (reason: unknown) => void): Disposable {
  if (signal.aborted) {
    listener(signal.reason);
    return { dispose: () => {} };
  }
  const handler = (): void => listener(signal.reason);
  signal.addEventListener('abort', handler, { once: true });
  return { dispose: () => signal.removeEventListener('abort', handler) };
}

/** A controller that is aborted with its parent, and on its own. Dispose it, or the parent keeps it alive. */
export class ChildAbort implements Disposable {
  readonly #controller = new AbortController();
  readonly #link: Disposable;

  constructor(parent: AbortSignal) {
    this.#link = onAbort(parent, (reason) => this.#controller.abort(reason));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  dispose(): void {
    this.#link.dispose();
  }
}

/** The same promise for somebody who may lose interest; the work behind it goes on for the others. */
export function abortable<T>(promise: Promise<T>, options: { signal: AbortSignal }): Promise<T> {
  return new Promise((resolve, reject) => {
    const link = onAbort(options.signal, reject);
    promise.then(resolve, reject).finally(() => link.dispose());
  });
}
