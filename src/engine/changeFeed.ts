import type { EngineEvents } from '../contract/engineApi.ts';
import type { TaskId, TaskSnapshot, TaskState } from '../contract/task.ts';
import type { Disposable } from '../kit/disposables.ts';

/** Four a second: as often as anybody can read a number. */
const MOST = 4;
const WINDOW_MS = 1000;
/** Progress leaves one of them free, so that a change of state is told at once: scripts wait for it. */
const PROGRESS_MS = WINDOW_MS / (MOST - 1);

export interface ChangeFeedOptions {
  /** In any time as long as this at most 4 messages are sent. @default 1000 */
  readonly windowMs?: number;
}

/** Gathers changes and passes them on at most 4 times a second; what did not change is never sent. */
export class ChangeFeed implements Disposable {
  readonly #send: (changes: EngineEvents['changed']) => void;
  readonly #windowMs: number;
  readonly #states = new Map<TaskId, TaskState>();
  readonly #snapshots = new Map<TaskId, () => TaskSnapshot>();
  readonly #removed = new Set<TaskId>();
  /** When the latest were sent, oldest first. */
  #sentMs: number[] = [];
  #timer: NodeJS.Timeout | null = null;
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(send: (changes: EngineEvents['changed']) => void, options: ChangeFeedOptions = {}) {
    this.#send = send;
    this.#windowMs = options.windowMs ?? WINDOW_MS;
  }

  /** @param snapshot made when it is sent, so that it is the latest */
  changed(id: TaskId, state: TaskState, snapshot: () => TaskSnapshot): void {
    this.#snapshots.set(id, snapshot);
    const urgent = this.#states.get(id) !== state;
    this.#states.set(id, state);
    this.#schedule(urgent);
  }

  removed(id: TaskId): void {
    this.#snapshots.delete(id);
    this.#states.delete(id);
    this.#removed.add(id);
    this.#schedule(true);
  }

  /** Sends changes of state before an answer that follows from them, unless that would be too often. */
  flushIfDue(): void {
    if (this.#dueMs <= performance.now()) this.flush();
  }

  /** Sends what is waiting now. */
  flush(): void {
    this.dispose();
    if (this.#snapshots.size === 0 && this.#removed.size === 0) return;
    const tasks = [...this.#snapshots.values()].map((snapshot) => snapshot());
    const removed = [...this.#removed];
    this.#snapshots.clear();
    this.#removed.clear();
    this.#sentMs = [...this.#sentMs, performance.now()].slice(-MOST);
    this.#send({ tasks, removed });
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#dueMs = Number.POSITIVE_INFINITY;
  }

  #schedule(urgent: boolean): void {
    const nowMs = performance.now();
    const [oldest = Number.NEGATIVE_INFINITY] = this.#sentMs;
    const allowedMs = this.#sentMs.length < MOST ? nowMs : oldest + this.#windowMs;
    const last = this.#sentMs.at(-1) ?? Number.NEGATIVE_INFINITY;
    const dueMs = Math.max(nowMs, allowedMs, urgent ? nowMs : last + PROGRESS_MS);
    if (dueMs >= this.#dueMs) return;
    this.dispose();
    this.#dueMs = dueMs;
    // What happens in the same turn (several tasks that end together, say) is told together.
    this.#timer = setTimeout(() => this.flush(), Math.ceil(dueMs - nowMs));
  }
}
