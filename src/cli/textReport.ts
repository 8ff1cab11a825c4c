import { relative } from 'node:path';
import { styleText } from 'node:util';
import type { EngineEvents, LogLine } from '../contract/engineApi.ts';
import type { TaskId, TaskSnapshot } from '../contract/task.ts';
import { formatBytes, formatDuration, formatRate } from '../kit/format.ts';
import { Turns } from '../kit/turns.ts';
import { askExists, type ExistsAnswer } from './askExists.ts';
import { failureLine, warningLine } from './errorLine.ts';
import { chooseGlyphs, type Glyphs } from './glyphs.ts';
import { logText } from './logText.ts';
import { ProgressDisplay } from './progressDisplay.ts';
import type { ChunkEventName, Outcome, RunReport } from './runReport.ts';
import { withoutControls } from './textWidth.ts';

export interface TextReportOptions {
  /** Only errors. */
  readonly quiet: boolean;
  /** Chunk events go to stdout, so nothing else may. */
  readonly events: boolean;
  readonly process: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env' | 'platform' | 'cwd'>;
}

/**
 * For people and their scripts. On a terminal: progress, and a line for each finished file. Where stdout leads elsewhere
 * it gets the paths of the finished files and nothing else.
 */
export class TextReport implements RunReport {
  readonly #options: TextReportOptions;
  readonly #glyphs: Glyphs;
  readonly #display: ProgressDisplay | null;
  readonly #questions = new Turns();

  constructor(options: TextReportOptions) {
    this.#options = options;
    const { stderr, env, platform } = options.process;
    this.#glyphs = chooseGlyphs(env, platform);
    const shows = stderr.isTTY && !options.quiet && env.TERM !== 'dumb';
    this.#display = shows ? new ProgressDisplay(stderr, this.#glyphs) : null;
  }

  changed(_changed: readonly TaskSnapshot[], all: ReadonlyMap<TaskId, TaskSnapshot>, wanted: number): void {
    this.#display?.update(all, wanted);
  }

  ended(outcome: Outcome): void {
    const { process, quiet, events } = this.#options;
    switch (outcome.kind) {
      case 'completed':
        if (quiet) return;
        // On one terminal for both, the message says it all.
        if (!events && !(process.stdout.isTTY && process.stderr.isTTY)) {
          process.stdout.write(`${outcome.task.targetPath}\n`);
        }
        if (process.stderr.isTTY) {
          this.#message(`${this.#mark('green', this.#glyphs.done)} ${this.#completedText(outcome)}`);
        }
        return;
      case 'skipped':
        if (!quiet) this.#message(`${this.#glyphs.stopped} ${this.#place(outcome.task)}  kept as it was`);
        return;
      case 'removed':
        if (!quiet) this.#message(`${this.#glyphs.stopped} ${this.#place(outcome.task)}  cancelled`);
        return;
      case 'failed': {
        const line = failureLine(outcome.error, outcome.address, outcome.task);
        this.#message(process.stderr.isTTY ? `${this.#mark('red', this.#glyphs.failed)} ${line}` : line);
      }
    }
  }

  chunk(name: ChunkEventName, payload: EngineEvents[ChunkEventName]): void {
    this.#options.process.stdout.write(`${JSON.stringify({ event: name, ...payload })}\n`);
  }

  logged(line: LogLine): void {
    this.#message(logText(line));
  }

  warned(message: string): void {
    if (!this.#options.quiet) this.#message(warningLine(message));
  }

  interrupted(unfinished: readonly TaskSnapshot[], completedCount: number, wanted: number): void {
    if (!this.#options.quiet) this.#message(stopText(unfinished, completedCount, wanted));
  }

  askExists(path: string): Promise<ExistsAnswer | null> {
    const { stdin, stderr } = this.#options.process;
    if (!stdin.isTTY || !stderr.isTTY) return Promise.resolve(null);
    const ask = () => askExists(path, stdin, stderr);
    // One at a time: two questions on one terminal could not be told apart.
    return this.#questions.take(() => (this.#display === null ? ask() : this.#display.without(ask)));
  }

  dispose(): void {
    this.#display?.dispose();
  }

  #message(text: string): void {
    if (this.#display === null) this.#options.process.stderr.write(`${text}\n`);
    else this.#display.print(text);
  }

  #mark(colour: 'green' | 'red', glyph: string): string {
    return styleText(colour, glyph, { stream: this.#options.process.stderr });
  }

  #completedText({ task, fetchedBytes, seconds }: Extract<Outcome, { kind: 'completed' }>): string {
    const words = [formatBytes(task.receivedBytes)];
    // A file that came between two snapshots has no times worth telling.
    if (seconds > 0) words[0] += ` in ${seconds < 10 ? `${seconds.toFixed(1)} s` : formatDuration(seconds)}`;
    if (seconds > 0 && fetchedBytes > 0) words.push(formatRate(fetchedBytes / seconds));
    if (task.status.state === 'completed' && task.status.verification === 'verified') words.push('checksum right');
    return `${this.#place(task)}  ${words.join(', ')}`;
  }

  #place({ targetPath }: TaskSnapshot): string {
    const fromHere = relative(this.#options.process.cwd(), targetPath);
    return withoutControls(fromHere === '' || fromHere.startsWith('..') ? targetPath : fromHere);
  }
}

/** One line that says what is kept and how to go on. */
export function stopText(unfinished: readonly TaskSnapshot[], completedCount: number, wanted: number): string {
  if (wanted > 1) {
    // Without the option the complete ones would be fetched once more, under other names.
    const how = completedCount > 0 ? 'with --exists skip ' : '';
    return `Stopped: ${completedCount} of ${wanted} files are complete. Run the same command again ${how}to resume.`;
  }
  const [task] = unfinished;
  if (task === undefined || task.receivedBytes === 0) return 'Stopped. Run the same command again to start over.';
  if (task.resumable === false) return 'Stopped. This server cannot resume: the same command begins anew.';
  const size = task.sizeBytes === null ? '' : ` of ${formatBytes(task.sizeBytes)}`;
  return `Stopped: ${formatBytes(task.receivedBytes)}${size} are kept. Run the same command again to resume.`;
}
