import { onAbort } from '../../kit/abort.ts';

/** One write per MiB, whatever the network's read size: the size that was fastest in the prototype. */
export const BUFFER_BYTES = 1024 * 1024;

/** Writes that may be on their way to the disk at once: with 8 a loopback transfer of 256 MiB took 0.29 s, with 16 it takes 0.25 s. */
const MAX_WRITES = 16;

/** Kept for the next transfer once nothing has flowed for a while. */
const MAX_RESTING = 4;
const REST_MS = 2000;

/**
 * Write buffers, shared by all transfers of a process. Every lane may always hold the one it is filling; how many wait for
 * the disk is bounded, and that is the back-pressure.
 */
export class WriteBuffers {
  readonly #idle: Uint8Array[] = [];
  #lent = 0;
  #rest: NodeJS.Timeout | null = null;
  /** In the order in which they came. */
  readonly #waiting: (() => void)[] = [];
  #writes = 0;

  take(): Uint8Array {
    this.#lent++;
    // Shared, so that the hash thread can read what has come where it lies.
    return this.#idle.pop() ?? new Uint8Array(new SharedArrayBuffer(BUFFER_BYTES));
  }

  /** True while the disk is behind: no further buffer should be filled. */
  get congested(): boolean {
    return this.#writes >= MAX_WRITES;
  }

  writeStarted(): void {
    this.#writes++;
  }

  writeEnded(): void {
    this.#writes--;
    // One at a time, in turn: woken all at once, the first of them would always be first again, and one download would
    // get most of the disk. With no write left there is nobody else to wake the others.
    const woken = this.#writes === 0 ? this.#waiting.splice(0) : this.#waiting.splice(0, 1);
    for (const wake of woken) wake();
  }

  giveBack(buffer: Uint8Array): void {
    this.#lent--;
    // Never dropped while bytes flow: 2 GiB made 300 new ones otherwise, which pile up until they are collected.
    this.#idle.push(buffer);
    if (this.#lent === 0) this.#rest ??= setTimeout(() => this.#shrink(), REST_MS).unref();
  }

  #shrink(): void {
    this.#rest = null;
    if (this.#lent === 0 && this.#idle.length > MAX_RESTING) this.#idle.length = MAX_RESTING;
  }

  /** Resolves after a write has ended; each such end lets one go on who waits. Rejects with the signal's reason. */
  nextWriteEnd({ signal }: { signal: AbortSignal }): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        link.dispose();
        resolve();
      };
      const link = onAbort(signal, (reason) => {
        const place = this.#waiting.indexOf(wake);
        if (place >= 0) this.#waiting.splice(place, 1);
        reject(reason);
      });
      if (!signal.aborted) this.#waiting.push(wake);
    });
  }
}
