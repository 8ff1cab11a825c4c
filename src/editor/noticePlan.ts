import type { ErrorInfo } from '../contract/errors.ts';
import type { TaskId, TaskSnapshot } from '../contract/task.ts';
import type { MirrorChange } from './taskMirror.ts';
import { waitsForRetry } from './taskText.ts';

/** Something that happened and that a person may want to be told. */
export type Notice =
  /** A download failed, or waits for something to be mended. */
  | { readonly kind: 'trouble'; readonly task: TaskSnapshot; readonly error: ErrorInfo }
  /** Nothing runs or waits any more. */
  | { readonly kind: 'drained'; readonly completed: readonly TaskSnapshot[] };

/** Finds in the stream of changes what is worth a notice. Old troubles of the first list are not. */
export class NoticePlan {
  readonly #underway = new Set<string>();
  /** Failures that are tried again by themselves, and the most that had arrived then: one notice for all attempts that get no further. */
  readonly #retried = new Map<TaskId, number>();
  #completed: TaskSnapshot[] = [];

  take({ changes, first }: MirrorChange): Notice[] {
    const notices: Notice[] = [];
    const wasUnderway = this.#underway.size > 0;
    for (const { id, before, after } of changes) {
      const state = after?.status.state;
      if (state === 'active' || state === 'queued') this.#underway.add(id);
      else this.#underway.delete(id);
      const isTold = this.#isTold(id, after);
      if (first || !after) continue;
      const trouble = troubleOf(after);
      if (trouble && trouble.code !== (before && troubleOf(before))?.code && !isTold) {
        notices.push({ kind: 'trouble', task: after, error: trouble });
      }
      if (state === 'completed' && before?.status.state !== 'completed') this.#completed.push(after);
    }
    if (this.#underway.size === 0 && (wasUnderway || this.#completed.length > 0)) {
      if (this.#completed.length > 0) notices.push({ kind: 'drained', completed: this.#completed });
      this.#completed = [];
    }
    return notices;
  }

  /** Whether it has failed again without having got any further since. */
  #isTold(id: TaskId, task: TaskSnapshot | null): boolean {
    if (task === null || task.status.state === 'completed') this.#retried.delete(id);
    if (task === null || !waitsForRetry(task)) return false;
    const isTold = task.receivedBytes <= (this.#retried.get(id) ?? -1);
    if (!isTold) this.#retried.set(id, task.receivedBytes);
    return isTold;
  }
}

/** What is wrong with a task, when it needs a person; null while all is well. */
export function troubleOf(task: TaskSnapshot): ErrorInfo | null {
  if (task.status.state === 'failed') return task.status.error;
  return task.status.state === 'paused' ? task.status.reason : null;
}
