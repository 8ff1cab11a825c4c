/** Work on files, one after the other. What is wanted may change at any time; what is being worked on goes on. */
export class HashQueue<T extends { readonly path: string }> {
  readonly #run: (file: T) => Promise<void>;
  readonly #signal: AbortSignal;
  #wanted = new Map<string, T>();
  #working: Promise<void> = Promise.resolve();
  #busy = false;

  /** @param run never rejects */
  constructor(run: (file: T) => Promise<void>, options: { signal: AbortSignal }) {
    this.#run = run;
    this.#signal = options.signal;
  }

  /** These in this order, and nothing else. */
  set(files: readonly T[]): void {
    this.#wanted = new Map(files.map((file) => [file.path, file]));
    if (this.#busy || files.length === 0) return;
    this.#busy = true;
    this.#working = this.#work().finally(() => {
      this.#busy = false;
    });
  }

  /** Resolves when nothing is being worked on. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    while (!this.#signal.aborted) {
      const [next] = this.#wanted.values();
      if (next === undefined) return;
      this.#wanted.delete(next.path);
      await this.#run(next);
    }
  }
}
