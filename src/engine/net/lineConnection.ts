import type net from 'node:net';
import type { Disposable } from '../../kit/disposables.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { HubLines } from '../protocols/hub/hubLines.ts';

/** What may wait for a peer that does not read: more than the longest list, less than what would be felt. */
const MOST_QUEUED_BYTES = 8 * 1024 * 1024;
/** A peer whose machine went away without a word is noticed after about this time and a few probes. */
const KEEP_ALIVE_MS = 15_000;
/** For what was sent last to arrive before the connection is closed for good. */
const LINGER_MS = 1000;

/** Lines over a socket, both ways. */
export class LineConnection implements Disposable {
  readonly #socket: net.Socket;
  readonly #lines: HubLines;
  readonly #line = new Emitter<string | null>();
  readonly #tooLong = new Emitter<void>();
  readonly #closed = new Emitter<void>();
  #open = true;

  /** Null: a line that is not UTF-8. */
  readonly onDidReceive: Event<string | null> = this.#line.event;
  readonly onDidOverflow: Event<void> = this.#tooLong.event;
  /** Once, however it ended; also after `dispose`. */
  readonly onDidClose: Event<void> = this.#closed.event;

  /**
   * A socket that stands. Nothing is read before the next turn, so that whoever made it can subscribe.
   * @param options.maxLineBytes of what is received @default what PROTOCOLS §2 allows
   */
  constructor(socket: net.Socket, options: { maxLineBytes?: number } = {}) {
    this.#socket = socket;
    this.#lines = new HubLines(options.maxLineBytes);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('error', () => this.dispose());
    // A peer that has said its last word is answered no more.
    socket.on('end', () => this.dispose());
    socket.on('close', () => this.dispose());
    setImmediate(() => {
      if (this.#open) socket.on('data', (bytes: Buffer) => this.#take(bytes));
    });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Whole lines, with their line feeds. */
  send(lines: string): void {
    if (!this.#open || this.#socket.destroyed || !this.#socket.writable) return;
    this.#socket.write(lines);
    if (this.#socket.writableLength > MOST_QUEUED_BYTES) this.dispose();
  }

  /** Lets what was sent arrive, reads nothing more, and closes. */
  finish(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.removeAllListeners('data');
    // What still comes is thrown away: a socket closed with unread bytes resets, and takes the last words along.
    this.#socket.resume();
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#socket.once('close', () => clearTimeout(timer));
    this.#closed.fire();
  }

  dispose(): void {
    this.#socket.destroy();
    if (!this.#open) return;
    this.#open = false;
    this.#closed.fire();
  }

  #take(bytes: Buffer): void {
    const { lines, tooLong } = this.#lines.take(bytes);
    for (const line of lines) {
      if (!this.#open) return;
      this.#line.fire(line);
    }
    if (tooLong && this.#open) this.#tooLong.fire();
  }
}
