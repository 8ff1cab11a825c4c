import type { TaskId } from '../../contract/task.ts';
import type { StopReason, Task } from './task.ts';
import { WaitingLine } from './waitingLine.ts';

export interface TaskQueueComponents {
  get(id: TaskId): Task;
  /** One run of a task, until everything that it has opened is closed. Never rejects. */
  run(task: Task, options: { signal: AbortSignal }): Promise<void>;
  /** It runs no more, and its place is free. */
  onEnd(task: Task): void;
}

/** Who runs, and who is next when there is a free place. */
export class TaskQueue {
  readonly #components: TaskQueueComponents;
  /** Those that may start, in their order. */
  readonly #waiting = new WaitingLine();
  /** A run that is still closing its files keeps its place. */
  readonly #running = new Set<Task>();
  /** By how many: one may be cancelled while its link is being replaced. */
  readonly #held = new Map<Task, number>();
  /** Taken off the list, perhaps while somebody still works on them. */
  readonly #gone = new WeakSet<Task>();
  #places = 3;
  /** Nothing starts before everything is set. */
  #state: 'new' | 'open' | 'closed' = 'new';

  constructor(components: TaskQueueComponents) {
    this.#components = components;
  }

  get running(): number {
    return this.#running.size;
  }

  /** How many run at the same time. @default 3 */
  set places(count: number) {
    this.#places = count;
    this.startNext();
  }

  /** From now on tasks run. */
  open(): void {
    if (this.#state === 'new') this.#state = 'open';
    this.startNext();
  }

  /** From now on none begins. */
  close(): void {
    this.#state = 'closed';
  }

  startNext(): void {
    if (this.#state !== 'open') return;
    while (this.#running.size < this.#places) {
      const next = this.#waiting.first;
      if (next === null) return;
      this.#start(this.#components.get(next));
    }
  }

  /** Call it after whatever decides about it has changed: who waits, and is not held, stands in the line. */
  lineUp(task: Task): void {
    const { id, status, record, run } = task;
    const waits = status.state === 'queued' && run === null && !this.#held.has(task) && !this.#gone.has(task);
    if (waits) this.#waiting.add({ id, order: record.order });
    else this.#waiting.remove(id);
  }

  /** It is being cancelled or changed, and must not start in the meantime. */
  hold(task: Task): void {
    this.#held.set(task, (this.#held.get(task) ?? 0) + 1);
    this.lineUp(task);
  }

  letGo(task: Task): void {
    const others = (this.#held.get(task) ?? 1) - 1;
    if (others > 0) this.#held.set(task, others);
    else this.#held.delete(task);
    this.lineUp(task);
  }

  /** It never starts again. */
  remove(task: Task): void {
    this.#gone.add(task);
    this.lineUp(task);
  }

  /** Who stands before or behind it; null: nobody does, or it does not wait itself. */
  neighbour(id: TaskId, direction: 'up' | 'down'): TaskId | null {
    return this.#waiting.neighbour(id, direction);
  }

  /** Resolves when its run, if there is one, has closed everything. */
  async stop(task: Task, reason: StopReason): Promise<void> {
    task.run?.abort.abort(reason);
    await task.run?.ended;
  }

  #start(task: Task): void {
    const abort = new AbortController();
    this.#running.add(task);
    const ended = this.#components.run(task, abort).finally(() => {
      task.run = null;
      this.#running.delete(task);
      // Not again: the next run is started by whoever moves the task back into the queue.
      this.lineUp(task);
      this.#components.onEnd(task);
      this.startNext();
    });
    task.run = { abort, ended };
    this.lineUp(task);
  }
}
