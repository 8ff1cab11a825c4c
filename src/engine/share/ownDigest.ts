import { hashFile } from '../disk/hashFile.ts';

/** SHA-256 of a file that is shared, computed when it is needed, and once. */
export class OwnDigest {
  readonly #path: string;
  readonly #signal: AbortSignal;
  #computing: Promise<string> | null = null;
  #known: string | null = null;

  constructor(path: string, signal: AbortSignal) {
    this.#path = path;
    this.#signal = signal;
  }

  /** Null: not computed yet. */
  get known(): string | null {
    return this.#known;
  }

  compute(): Promise<string> {
    this.#computing ??= hashFile({ path: this.#path, algorithm: 'sha256' }, { signal: this.#signal }).then((hex) => {
      this.#known = hex;
      return hex;
    });
    return this.#computing;
  }

  /** What is under way has ended, somehow. */
  async settled(): Promise<void> {
    await this.#computing?.catch(() => {});
  }
}
