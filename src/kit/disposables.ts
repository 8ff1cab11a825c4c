/** Something that was opened and has to be closed; same shape as VS Code's. */
export interface Disposable {
  dispose(): void;
}

/** Closes what it holds in reverse order, all of it even when one fails (the first failure is thrown at the end). Whatever is added after that is closed at once, so nothing slips through. */
export class DisposableList implements Disposable {
  #items: Disposable[] = [];
  #disposed = false;

  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.push(item);
    return item;
  }

  dispose(): void {
    this.#disposed = true;
    const items = this.#items.reverse();
    this.#items = [];
    const failures: unknown[] = [];
    for (const item of items) {
      try {
        item.dispose();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
