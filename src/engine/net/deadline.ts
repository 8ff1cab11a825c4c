import { type ErrorCode, TributaryError } from '../../contract/errors.ts';

/** What a connection waits for at the moment, and for how long at most. */
export class Deadline {
  readonly #onOver: (error: TributaryError) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(onOver: (error: TributaryError) => void) {
    this.#onOver = onOver;
  }

  /** Begins a wait, in place of any other. @param code of the error when it was in vain */
  start(waitMs: number, code: ErrorCode): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onOver(new TributaryError(code)), waitMs);
  }

  /** The wait begins anew. */
  refresh(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Does not keep the process alive. */
  unref(): void {
    this.#timer?.unref();
  }
}
