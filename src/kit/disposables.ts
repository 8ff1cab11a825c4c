/** Something that was opened and has to be closed; same shape as VS Code's. */
export interface Disposable {
  dispose(): void;
}

/** Closes what it holds in reverse order. Whatever is added after that is closed at once, so nothing slips through. */
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
    for (const item of items) item.dispose();
  }
}
