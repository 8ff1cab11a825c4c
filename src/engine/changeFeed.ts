import type { EngineEvents } from '../contract/engineApi.ts';
import type { TaskId, TaskSnapshot } from '../contract/task.ts';
import type { Disposable } from '../kit/disposables.ts';

/** Four times a second: as often as anybody can read a number. */
const INTERVAL_MS = 250;

/** Gathers changes and passes them on at most 4 times a second; what did not change is never sent. */
export class ChangeFeed implements Disposable {
  readonly #send: (changes: EngineEvents['changed']) => void;
  readonly #snapshots = new Map<TaskId, () => TaskSnapshot>();
  readonly #removed = new Set<TaskId>();
  #timer: NodeJS.Timeout | null = null;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(send: (changes: EngineEvents['changed']) => void) {
    this.#send = send;
  }

  /** @param snapshot made when it is sent, so that it is the latest */
  changed(id: TaskId, snapshot: () => TaskSnapshot): void {
    this.#snapshots.set(id, snapshot);
    this.#schedule();
  }

  removed(id: TaskId): void {
    this.#snapshots.delete(id);
    this.#removed.add(id);
    this.#schedule();
  }

  /** Sends what is waiting now. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#snapshots.size === 0 && this.#removed.size === 0) return;
    const tasks = [...this.#snapshots.values()].map((snapshot) => snapshot());
    const removed = [...this.#removed];
    this.#snapshots.clear();
    this.#removed.clear();
    this.#lastMs = performance.now();
    this.#send({ tasks, removed });
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #schedule(): void {
    if (this.#timer !== null) return;
    const waitMs = Math.max(0, this.#lastMs + INTERVAL_MS - performance.now());
    this.#timer = setTimeout(() => this.flush(), waitMs);
  }
}
