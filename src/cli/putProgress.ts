import { formatBytes, formatRate, percentOf } from '../kit/format.ts';
import { withoutControls } from './textWidth.ts';

const PROGRESS_MS = 250;
/** A wait that is shorter is not worth a word. */
const TELL_MS = 3000;

/** What `hub put` says on stderr while it works: one line that changes on a terminal, and what it waits for. */
export class PutProgress {
  readonly #isQuiet: boolean;
  readonly #shows: boolean;
  readonly #told = new Set<string>();
  #sizeBytes = 0;
  #first: { readonly atMs: number; readonly bytes: number } | null = null;
  #shownMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { readonly isQuiet: boolean; readonly isTerminal: boolean }) {
    this.#isQuiet = options.isQuiet;
    this.#shows = options.isTerminal && !options.isQuiet;
  }

  begin(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
    this.#first = null;
    this.#told.clear();
  }

  sent(bytes: number): void {
    const nowMs = performance.now();
    this.#first ??= { atMs: nowMs, bytes };
    if (!this.#shows || nowMs - this.#shownMs < PROGRESS_MS) return;
    this.#shownMs = nowMs;
    const seconds = (nowMs - this.#first.atMs) / 1000;
    const rate = seconds > 0 ? formatRate((bytes - this.#first.bytes) / seconds) : '';
    const percent = percentOf(bytes, this.#sizeBytes);
    process.stderr.write(`\r\u001b[K${percent} %  ${formatBytes(bytes)} of ${formatBytes(this.#sizeBytes)}  ${rate}`);
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
    process.stderr.write(`${this.#shows ? '\r\u001b[K' : ''}${withoutControls(line)}\n`);
  }

  /** Clears the line that changes. */
  end(): void {
    clearTimeout(this.#timer);
    if (this.#shows && this.#first !== null) process.stderr.write('\r\u001b[K');
  }
}
