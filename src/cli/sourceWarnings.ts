import { describeError, type ErrorInfo } from '../contract/errors.ts';
import type { TaskSnapshot } from '../contract/task.ts';

/** Finds in the snapshots of a run what is to be told of single sources: each trouble of each source once. */
export class SourceWarnings {
  readonly #told = new Set<string>();

  /** Sentences that are new with this snapshot. A file with one source has none: what fails there is the file. */
  take(task: TaskSnapshot): string[] {
    if (task.sources.length < 2 || isConnecting(task)) return [];
    return task.sources.flatMap(({ address, error }) => {
      if (error === null || isEndOf(task, error)) return [];
      const key = [task.id, address, error.code].join('\n');
      if (this.#told.has(key)) return [];
      this.#told.add(key);
      return [`${address} is not used: ${describeError(error)}`];
    });
  }
}

/** Nothing has been found to work yet: perhaps the file fails, and why is told then. */
function isConnecting({ status }: TaskSnapshot): boolean {
  return status.state === 'active' && status.phase === 'connecting';
}

/** The file fails by this very trouble, which is told as its error. */
function isEndOf({ status }: TaskSnapshot, { code, args }: ErrorInfo): boolean {
  return status.state === 'failed' && status.error.code === code && status.error.args.host === args.host;
}
