import type { EngineEvents } from '../contract/engineApi.ts';
import type { TaskId, TaskSnapshot } from '../contract/task.ts';
import { Emitter, type Event } from '../kit/emitter.ts';

/** `before` is null for a task that is new, `after` for one that is gone. */
export interface TaskChange {
  readonly id: TaskId;
  readonly before: TaskSnapshot | null;
  readonly after: TaskSnapshot | null;
}

export interface MirrorChange {
  readonly changes: readonly TaskChange[];
  /** True for the first list of all: what is in it did not happen just now. */
  readonly first: boolean;
}

/** The editor's one copy of what the engine knows. Every view renders from it and hears of changes here only. */
export class TaskMirror {
  readonly #tasks = new Map<TaskId, TaskSnapshot>();
  readonly #changed = new Emitter<MirrorChange>();
  #filled = false;

  /** Once per message of the engine, however many tasks it is about. */
  readonly onDidChange: Event<MirrorChange> = this.#changed.event;

  get tasks(): readonly TaskSnapshot[] {
    return [...this.#tasks.values()];
  }

  get(id: TaskId): TaskSnapshot | undefined {
    return this.#tasks.get(id);
  }

  /** Takes over a whole list, as it comes after each connect. */
  replaceAll(tasks: readonly TaskSnapshot[]): void {
    const kept = new Set(tasks.map((task) => task.id));
    const removed = [...this.#tasks.keys()].filter((id) => !kept.has(id));
    const first = !this.#filled;
    this.#filled = true;
    this.#apply({ tasks, removed }, first);
  }

  /** What comes before the first list is left out: the list holds it, and tells old troubles from new ones. */
  apply(delta: EngineEvents['changed']): void {
    if (this.#filled) this.#apply(delta, false);
  }

  /** While no engine is there nothing moves: running tasks are shown as connecting until the next list tells more. */
  markDisconnected(): void {
    const stalled = this.tasks.flatMap((task): TaskSnapshot[] => {
      if (task.status.state !== 'active') return [];
      const status = { ...task.status, phase: 'connecting', bytesPerSecond: 0, secondsLeft: null, lanes: 0 } as const;
      return [{ ...task, status }];
    });
    this.#apply({ tasks: stalled, removed: [] }, false);
  }

  #apply(delta: EngineEvents['changed'], first: boolean): void {
    const changes: TaskChange[] = [];
    for (const after of delta.tasks) {
      changes.push({ id: after.id, before: this.#tasks.get(after.id) ?? null, after });
      this.#tasks.set(after.id, after);
    }
    for (const id of delta.removed) {
      const before = this.#tasks.get(id);
      if (before && this.#tasks.delete(id)) changes.push({ id, before, after: null });
    }
    if (changes.length > 0 || first) this.#changed.fire({ changes, first });
  }
}
