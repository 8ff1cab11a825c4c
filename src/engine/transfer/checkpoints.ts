/** Runs one checkpoint at a time; when one was due meanwhile (a slow disk), the next follows at once. */
export class Checkpoints {
  readonly #write: () => Promise<void>;
  #running: Promise<void> | null = null;
  #due = false;

  constructor(write: () => Promise<void>) {
    this.#write = write;
  }

  /** @throws TributaryError of the disk */
  request(): Promise<void> {
    this.#due = true;
    this.#running ??= this.#writeWhileDue().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /**
   * Resolves when none is under way. A failed flush counts however late it is: the kernel tells of lost pages only once.
   * @throws TributaryError of the disk
   */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** A checkpoint that began after this call. */
  async last(): Promise<void> {
    await this.#running?.catch(() => {});
    await this.request();
  }

  async #writeWhileDue(): Promise<void> {
    while (this.#due) {
      this.#due = false;
      await this.#write();
    }
  }
}
