import type { BodyFraming } from './bodyFraming.ts';

/** A body of a length told before, or, with the length `Infinity`, one that lasts until the connection is closed. */
export class SizedBody implements BodyFraming {
  #left: number;

  constructor(lengthBytes: number) {
    this.#left = lengthBytes;
  }

  get dataBytes(): number {
    return this.#left;
  }

  get isComplete(): boolean {
    return this.#left === 0;
  }

  takeData(count: number): void {
    this.#left -= count;
  }

  takeFraming(): number {
    return 0;
  }

  connectionEnded(): void {
    if (this.#left === Number.POSITIVE_INFINITY) this.#left = 0;
  }
}
