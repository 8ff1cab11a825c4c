import type { Handler } from './exchange.ts';

/** Holds requests back until it is opened, so that a test decides when a download goes on instead of sleeping. */
export class Gate {
  #open: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  open(): void {
    this.#open();
  }

  before(next: Handler): Handler {
    return async (exchange) => {
      await this.#opened;
      if (!exchange.response.destroyed) await next(exchange);
    };
  }
}
