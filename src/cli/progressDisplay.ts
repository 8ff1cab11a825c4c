import type { WriteStream } from 'node:tty';
import type { TaskId, TaskSnapshot } from '../contract/task.ts';
import type { Disposable } from '../kit/disposables.ts';
import type { Glyphs } from './glyphs.ts';
import { progressLine, summaryLine } from './progressLine.ts';
import { widthOf, withoutControls } from './textWidth.ts';

/** At most ten redraws a second. */
const REDRAW_MS = 100;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** The lines of the running downloads at the bottom of a terminal; finished things scroll away above them. */
export class ProgressDisplay implements Disposable {
  readonly #stream: WriteStream;
  readonly #glyphs: Glyphs;
  #tasks: ReadonlyMap<TaskId, TaskSnapshot> = new Map();
  #wanted = 0;
  #frame = 0;
  /** Widths of the lines on the screen: after a resize they tell how many rows the terminal has made of them. */
  #drawn: readonly number[] = [];
  #timer: NodeJS.Timeout | null = null;
  #lastDrawMs = 0;
  #paused = false;
  readonly #redraw = () => this.#draw();
  readonly #showCursor = () => void this.#stream.write(SHOW_CURSOR);

  constructor(stream: WriteStream, glyphs: Glyphs) {
    this.#stream = stream;
    this.#glyphs = glyphs;
    stream.write(HIDE_CURSOR);
    // However this process ends by itself, the shell gets its cursor back.
    process.once('exit', this.#showCursor);
    stream.on('resize', this.#redraw);
  }

  /**
   * @param tasks looked at when it is time to draw, which is not at every call
   * @param wanted how many files were asked for
   */
  update(tasks: ReadonlyMap<TaskId, TaskSnapshot>, wanted: number): void {
    this.#tasks = tasks;
    this.#wanted = wanted;
    this.#schedule();
  }

  /** Writes a line that stays, above the progress. */
  print(line: string): void {
    this.#stream.write(`${this.#eraseText()}${line}\n`);
    this.#drawn = [];
    this.#schedule();
  }

  /** Takes the lines away while `work` has the terminal for itself, for a question. */
  async without<T>(work: () => Promise<T>): Promise<T> {
    this.#paused = true;
    this.#stream.write(this.#eraseText() + SHOW_CURSOR);
    this.#drawn = [];
    try {
      return await work();
    } finally {
      this.#paused = false;
      this.#stream.write(HIDE_CURSOR);
      this.#schedule();
    }
  }

  dispose(): void {
    this.#paused = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stream.off('resize', this.#redraw);
    process.off('exit', this.#showCursor);
    this.#stream.write(this.#eraseText() + SHOW_CURSOR);
    this.#drawn = [];
  }

  #schedule(): void {
    if (this.#timer !== null || this.#paused) return;
    const waitMs = Math.max(0, this.#lastDrawMs + REDRAW_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#draw();
    }, waitMs).unref();
  }

  #draw(): void {
    if (this.#paused) return;
    this.#lastDrawMs = performance.now();
    this.#frame++;
    const lines = this.#lines();
    const body = lines.map((line) => line + CLEAR_LINE).join('\n');
    this.#stream.write(this.#upText() + body + CLEAR_BELOW);
    this.#drawn = lines.map(widthOf);
  }

  #lines(): string[] {
    // The last column stays free, since a terminal may wrap as soon as it is written to.
    const columns = Math.max(20, this.#columns - 1);
    const withSummary = this.#wanted > 1;
    const tasks = [...this.#tasks.values()];
    const active = tasks.filter(({ status }) => status.state === 'active').sort((a, b) => a.order - b.order);
    const shown = active.slice(0, Math.max(1, (this.#stream.rows || 24) - (withSummary ? 2 : 1)));
    const nameColumns = Math.max(0, ...shown.map(({ name }) => widthOf(withoutControls(name))));
    const style = { columns, glyphs: this.#glyphs, frame: this.#frame, nameColumns };
    const lines = shown.map((task) => progressLine(task, style));
    if (withSummary) lines.push(summaryLine(tasks, this.#wanted, columns));
    return lines;
  }

  /** A terminal that does not tell its size says 0. */
  get #columns(): number {
    return this.#stream.columns || 80;
  }

  /** Moves to the start of the first drawn line. */
  #upText(): string {
    const rows = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / this.#columns)), 0);
    return rows > 1 ? `\r\x1b[${rows - 1}A` : '\r';
  }

  #eraseText(): string {
    return this.#drawn.length === 0 ? '' : this.#upText() + CLEAR_BELOW;
  }
}
