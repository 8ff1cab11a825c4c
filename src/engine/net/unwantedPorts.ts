import { fidKey } from '../protocols/hub/fidKey.ts';

/** A hub that leaves questions open must not make the list of them long. */
const MOST_OPEN = 256;

interface AskedRange {
  readonly fid: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Ranges whose ports were asked for and are not waited for any more: another lane was faster, or the hub too slow. It opens
 * the port all the same, and a simple one does nothing else until somebody has come or half a minute is over.
 */
export class UnwantedPorts {
  /** Oldest first. */
  readonly #open: AskedRange[] = [];

  add(asked: AskedRange): void {
    this.#open.push(asked);
    if (this.#open.length > MOST_OPEN) this.#open.shift();
  }

  /** @returns whether such a port was asked for, once for each */
  take({ fid, offset, length }: AskedRange): boolean {
    const found = this.#open.findIndex(
      (asked) => fidKey(asked.fid) === fidKey(fid) && asked.offset === offset && asked.length === length,
    );
    if (found >= 0) this.#open.splice(found, 1);
    return found >= 0;
  }
}
