import type { TaskId, TaskSnapshot } from '../contract/task.ts';
import { type Disposable, DisposableList } from '../kit/disposables.ts';
import { Emitter, type Event } from '../kit/emitter.ts';
import type { TaskMirror } from './taskMirror.ts';
import { waitsForRetry } from './taskText.ts';

/** The downloads that failed since a person last looked at a list of them. */
export class UnseenFailures implements Disposable {
  readonly #ids = new Set<TaskId>();
  readonly #changed = new Emitter<void>();
  readonly #disposables = new DisposableList();

  readonly onDidChange: Event<void> = this.#changed.event;

  /** @param isWatched whether a list is on the screen just now */
  constructor(mirror: TaskMirror, isWatched: () => boolean) {
    this.#disposables.add(
      mirror.onDidChange(({ changes, first }) => {
        const countBefore = this.#ids.size;
        for (const { id, before, after } of changes) {
          if (!hasFailed(after)) this.#ids.delete(id);
          else if (!first && !hasFailed(before) && !isWatched()) this.#ids.add(id);
        }
        if (this.#ids.size !== countBefore) this.#changed.fire();
      }),
    );
  }

  get count(): number {
    return this.#ids.size;
  }

  /** Somebody looked. */
  markSeen(): void {
    if (this.#ids.size === 0) return;
    this.#ids.clear();
    this.#changed.fire();
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}

/** For good: not one that is tried again by itself. */
function hasFailed(task: TaskSnapshot | null): boolean {
  return task?.status.state === 'failed' && !waitsForRetry(task);
}
