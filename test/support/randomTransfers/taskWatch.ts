import type { TaskId, TaskSnapshot } from '../../../src/contract/task.ts';
import type { Scope } from '../scope.ts';
import type { TestEngine } from '../testEngine.ts';

const LOOK_MS = 20;

interface Waiter {
  readonly id: TaskId;
  readonly deadlineMs: number;
  /** Undefined: the task is not on the list. */
  check(task: TaskSnapshot | undefined): boolean;
  resolve(task: TaskSnapshot | undefined): void;
  reject(error: Error): void;
}

/** Looks at an engine's list once for all who wait for one of its tasks: a list for each of hundreds would be all it does. */
export class TaskWatch {
  readonly #engine: TestEngine;
  readonly #waiters = new Set<Waiter>();

  readonly #timer: NodeJS.Timeout;

  constructor(scope: Scope, engine: TestEngine) {
    this.#engine = engine;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    scope.defer(() => this.stop());
  }

  /** The engine is gone: nobody is told anything any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#waiters.clear();
  }

  /** Resolves when `check` holds. @throws Error with the last state when the deadline is over: a task that hangs */
  until(
    id: TaskId,
    check: (task: TaskSnapshot | undefined) => boolean,
    deadlineMs: number,
  ): Promise<TaskSnapshot | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiters.add({ id, check, resolve, reject, deadlineMs: performance.now() + deadlineMs });
    });
  }

  async #look(): Promise<void> {
    if (this.#waiters.size === 0) return;
    const { tasks } = await this.#engine.request('list', undefined);
    // Nobody reads what was told besides.
    this.#engine.changes.length = 0;
    const byId = new Map(tasks.map((task) => [task.id, task]));
    for (const waiter of [...this.#waiters]) {
      const task = byId.get(waiter.id);
      const late = performance.now() > waiter.deadlineMs;
      if (!waiter.check(task) && !late) continue;
      this.#waiters.delete(waiter);
      if (waiter.check(task)) waiter.resolve(task);
      else waiter.reject(new Error(`it hangs: ${JSON.stringify(task)}`));
    }
  }
}
