/** Work that must not overlap: one after the other, in the order in which it was asked for. */
export class Turns {
  /** The latest of each key; none when nothing is under way. */
  readonly #latest = new Map<string, Promise<unknown>>();

  /**
   * Resolves or rejects as the work does; what fails keeps nobody else from its turn.
   * @param key work of different keys may overlap. @default one for all
   */
  take<T>(work: () => PromiseLike<T>, key = ''): Promise<T> {
    const before = this.#latest.get(key);
    const turn = (before ?? Promise.resolve()).then(work);
    const settled = turn
      .catch(() => {})
      .then(() => {
        if (this.#latest.get(key) === settled) this.#latest.delete(key);
      });
    this.#latest.set(key, settled);
    return turn;
  }
}
