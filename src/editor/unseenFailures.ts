import type { TaskId, TaskSnapshot } from '../contract/task.ts';
import { type Disposable, DisposableList } from '../kit/disposables.ts';
import { Emitter, type Event } from '../kit/emitter.ts';
import { troubleOf } from './noticePlan.ts';
import type { TaskMirror } from './taskMirror.ts';
import { waitsForRetry } from './taskText.ts';

/** How many downloads failed, and how many wait for something that a person has to mend. */
export interface UnseenCounts {
  readonly failed: number;
  readonly waiting: number;
}

/** The downloads that failed, or came to a halt, since a person last looked at a list of them. */
export class UnseenFailures implements Disposable {
  readonly #kinds = new Map<TaskId, keyof UnseenCounts>();
  readonly #changed = new Emitter<void>();
  readonly #disposables = new DisposableList();

  readonly onDidChange: Event<void> = this.#changed.event;

  /** @param isWatched whether a list is on the screen just now */
  constructor(mirror: TaskMirror, isWatched: () => boolean) {
    this.#disposables.add(
      mirror.onDidChange(({ changes, first }) => {
        let isNews = false;
        for (const { id, before, after } of changes) {
          const kind = kindOf(after);
          if (kind === null) isNews = this.#kinds.delete(id) || isNews;
          if (kind === null || first || kindOf(before) === kind || isWatched()) continue;
          this.#kinds.set(id, kind);
          isNews = true;
        }
        if (isNews) this.#changed.fire();
      }),
    );
  }

  get counts(): UnseenCounts {
    const kinds = [...this.#kinds.values()];
    const failed = kinds.filter((kind) => kind === 'failed').length;
    return { failed, waiting: kinds.length - failed };
  }

  /** Somebody looked. */
  markSeen(): void {
    if (this.#kinds.size === 0) return;
    this.#kinds.clear();
    this.#changed.fire();
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}

/** Null: all is well, or it is tried again by itself. */
function kindOf(task: TaskSnapshot | null): keyof UnseenCounts | null {
  if (task === null || troubleOf(task) === null || waitsForRetry(task)) return null;
  return task.status.state === 'failed' ? 'failed' : 'waiting';
}
