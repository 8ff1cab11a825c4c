import type { Writable } from 'node:stream';
import { Message } from 'vscode-jsonrpc';
import { StreamMessageWriter } from 'vscode-jsonrpc/node';

/** Writes messages to a client and knows which requests still wait for their answer to be on its way. */
export class AnswerWriter extends StreamMessageWriter {
  #waiting = 0;
  #settled: (() => void)[] = [];

  constructor(stream: Writable) {
    super(stream);
  }

  /** A request has come. */
  expectAnswer(): void {
    this.#waiting++;
  }

  /** Resolves when every request that has come is answered, and the answers are handed to the stream. */
  answered(): Promise<void> {
    return this.#waiting === 0 ? Promise.resolve() : new Promise((resolve) => this.#settled.push(resolve));
  }

  override async write(message: Message): Promise<void> {
    await super.write(message);
    if (!Message.isResponse(message) || --this.#waiting > 0) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }
}
