import { formatRate } from '../kit/format.ts';
import { BytesLine } from './bytesLine.ts';
import { withoutControls } from './textWidth.ts';

/** A wait that is shorter is not worth a word. */
const TELL_MS = 3000;

/** What `hub put` says on stderr while it works: one line that changes on a terminal, and what it waits for. */
export class PutProgress {
  readonly #isQuiet: boolean;
  readonly #line: BytesLine;
  readonly #told = new Set<string>();
  #sizeBytes = 0;
  #first: { readonly atMs: number; readonly bytes: number } | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { readonly isQuiet: boolean; readonly isTerminal: boolean }) {
    this.#isQuiet = options.isQuiet;
    this.#line = new BytesLine(options.isTerminal && !options.isQuiet);
  }

  begin(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
    this.#first = null;
    this.#told.clear();
  }

  sent(bytes: number): void {
    const nowMs = performance.now();
    this.#first ??= { atMs: nowMs, bytes };
    const seconds = (nowMs - this.#first.atMs) / 1000;
    const rate = seconds > 0 ? formatRate((bytes - this.#first.bytes) / seconds) : '';
    this.#line.show(bytes, this.#sizeBytes, `  ${rate}`);
  }

  /** Begins a wait, in place of any other, and says so when it takes long. */
  waits(line: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.tell(line), TELL_MS);
  }

  /** The wait is over. */
  goesOn(): void {
    clearTimeout(this.#timer);
  }

  /** Once for each file: what is tried again and again fails again and again for the same reason. */
  tell(line: string): void {
    if (this.#isQuiet || this.#told.has(line)) return;
    this.#told.add(line);
    this.#line.clear();
    process.stderr.write(`${withoutControls(line)}\n`);
  }

  /** Clears the line that changes. */
  end(): void {
    clearTimeout(this.#timer);
    this.#line.clear();
  }
}
