/** Closes what a test opened, in reverse order, whatever the test's outcome. Helpers that open something ask for one. */
export class Scope {
  #closers: (() => unknown)[] = [];

  /** Registers a closing; call it in the statement that opens. */
  defer(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Runs every closing, also after one has failed, and reports the failures together. */
  async close(): Promise<void> {
    const closers = this.#closers.reverse();
    this.#closers = [];
    const failures: unknown[] = [];
    for (const close of closers) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'closing what the test had opened failed');
  }
}

/** Later than the deadlines of what tests wait for, whose messages say more than Mocha's. */
const TEST_TIMEOUT_MS = 90_000;

/** A scope that is closed after each test of the enclosing `describe`. */
export function useScope(): Scope {
  const scope = new Scope();
  beforeEach(function () {
    this.currentTest?.timeout(TEST_TIMEOUT_MS);
  });
  afterEach(function () {
    this.timeout(TEST_TIMEOUT_MS);
    return scope.close();
  });
  return scope;
}
