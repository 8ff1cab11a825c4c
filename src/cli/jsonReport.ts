import type { EngineEvents, LogLine } from '../contract/engineApi.ts';
import type { TaskSnapshot, TaskState } from '../contract/task.ts';
import type { ExistsAnswer } from './askExists.ts';
import { failureLine, warningLine } from './errorLine.ts';
import { errorJson, failureJson, progressJson, taskJson } from './jsonLines.ts';
import { logText } from './logText.ts';
import type { ChunkEventName, Outcome, RunReport } from './runReport.ts';

type WriteLine = (line: string) => void;

/** One JSON object per line on stdout, for programs; errors and log lines stay readable on stderr. */
export class JsonReport implements RunReport {
  readonly #stdout: WriteLine;
  readonly #stderr: WriteLine;
  readonly #quiet: boolean;
  readonly #told = new Map<string, TaskState>();

  /** @param options.quiet no warnings on stderr. @default false */
  constructor(stdout: WriteLine, stderr: WriteLine, options: { readonly quiet?: boolean } = {}) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#quiet = options.quiet ?? false;
  }

  changed(changed: readonly TaskSnapshot[]): void {
    for (const task of changed) {
      const { status } = task;
      const { state } = status;
      // How a file ends is told by `ended` alone: its last line comes once.
      if (state === 'completed' || state === 'failed' || (state === 'paused' && status.reason !== null)) continue;
      if (this.#told.get(task.id) !== state) {
        this.#told.set(task.id, state);
        this.#write(taskJson(task));
      }
      const progress = progressJson(task);
      if (progress !== null) this.#write(progress);
    }
  }

  ended(outcome: Outcome): void {
    switch (outcome.kind) {
      case 'completed':
        this.#write(taskJson(outcome.task));
        break;
      case 'skipped':
      case 'removed':
        this.#write(taskJson(outcome.task, 'removed'));
        break;
      case 'failed': {
        const { task, address, error } = outcome;
        const line = task === null ? failureJson(error, address) : { ...taskJson(task), error: errorJson(error) };
        this.#write(line);
        this.#stderr(failureLine(error, address, task));
      }
    }
  }

  chunk(name: ChunkEventName, payload: EngineEvents[ChunkEventName]): void {
    this.#write({ event: name, ...payload });
  }

  logged(line: LogLine): void {
    this.#stderr(logText(line));
  }

  warned(message: string): void {
    if (!this.#quiet) this.#stderr(warningLine(message));
  }

  interrupted(unfinished: readonly TaskSnapshot[]): void {
    for (const task of unfinished) this.#write(taskJson(task, 'paused'));
  }

  askExists(): Promise<ExistsAnswer | null> {
    return Promise.resolve(null);
  }

  dispose(): void {}

  #write(value: object): void {
    this.#stdout(JSON.stringify(value));
  }
}
