import { setTimeout as delay } from 'node:timers/promises';
import type { AddParams, EngineEvents, RequestParams, RequestResults } from '../../src/contract/engineApi.ts';
import type { ErrorInfo } from '../../src/contract/errors.ts';
import { describeError } from '../../src/contract/errors.ts';
import type { TaskId, TaskSnapshot } from '../../src/contract/task.ts';
import type { EngineRequest } from '../../src/engine/engine.ts';

const LOOK_MS = 15;

/** Everything but what concerns the connection itself. */
export type AnyRequest = <N extends EngineRequest>(name: N, params: RequestParams<N>) => Promise<RequestResults[N]>;

/** An engine as tests speak to it, whether it lives in this process or in its own. */
export class TestEngine {
  readonly request: AnyRequest;
  /** Where `add` puts files unless told otherwise. */
  readonly folder: string;
  /** The last snapshot of every task, as a client would show it. */
  readonly tasks = new Map<TaskId, TaskSnapshot>();
  /** Every `changed` notification with the time of its arrival. */
  readonly changes: { readonly atMs: number; readonly change: EngineEvents['changed'] }[] = [];

  constructor(request: AnyRequest, folder: string) {
    this.request = request;
    this.folder = folder;
  }

  /** To be called with each `changed` notification. */
  take(change: EngineEvents['changed']): void {
    this.changes.push({ atMs: performance.now(), change });
    for (const task of change.tasks) this.tasks.set(task.id, task);
    for (const id of change.removed) this.tasks.delete(id);
  }

  async add(address: string, more: Partial<Omit<AddParams, 'address'>> = {}): Promise<TaskId> {
    const { id } = await this.request('add', { address, folder: this.folder, ...more });
    return id;
  }

  /** Resolves when a snapshot of the task satisfies `check`. @param deadlineMs @default 30 000 */
  until(id: TaskId, what: string, check: (task: TaskSnapshot) => boolean, deadlineMs = 30_000): Promise<TaskSnapshot> {
    return this.#until(
      what,
      id,
      () => {
        const task = this.tasks.get(id);
        return task !== undefined && check(task) ? task : undefined;
      },
      deadlineMs,
    );
  }

  /** Rejects at once, with the engine's own words, when the task ends another way. */
  async completed(id: TaskId, deadlineMs?: number): Promise<TaskSnapshot> {
    const task = await this.until(id, 'to end', ({ status }) => isAtRest(status.state), deadlineMs);
    if (task.status.state === 'completed') return task;
    throw new Error(`the task should have completed, but is ${JSON.stringify(task.status)}: ${textOf(task)}`);
  }

  async failed(id: TaskId, deadlineMs?: number): Promise<ErrorInfo> {
    const task = await this.until(id, 'to end', ({ status }) => isAtRest(status.state), deadlineMs);
    if (task.status.state === 'failed') return task.status.error;
    throw new Error(`the task should have failed, but is ${JSON.stringify(task.status)}`);
  }

  /** Paused, by the user or for a reason. */
  async paused(id: TaskId, deadlineMs?: number): Promise<ErrorInfo | null> {
    const task = await this.until(id, 'to end', ({ status }) => isAtRest(status.state), deadlineMs);
    if (task.status.state === 'paused') return task.status.reason;
    throw new Error(`the task should be paused, but is ${JSON.stringify(task.status)}: ${textOf(task)}`);
  }

  received(id: TaskId, bytes: number, deadlineMs?: number): Promise<TaskSnapshot> {
    return this.until(id, `to have ${bytes} bytes`, (task) => task.receivedBytes >= bytes, deadlineMs);
  }

  removed(id: TaskId): Promise<true> {
    return this.#until('to be gone', id, () => !this.tasks.has(id) || undefined, 10_000);
  }

  /**
   * Looks at the list, since notifications come at most four times a second, and hundreds of tests that wait a quarter
   * of a second each are a suite that nobody likes to run.
   */
  async #until<T>(what: string, id: TaskId, check: () => T | undefined, deadlineMs: number): Promise<T> {
    const end = Date.now() + deadlineMs;
    for (;;) {
      // The list first: what was told before the last request may be out of date.
      this.#replace((await this.request('list', undefined)).tasks);
      const found = check();
      if (found !== undefined) return found;
      if (Date.now() > end) {
        const last = JSON.stringify(this.tasks.get(id)) ?? 'not known';
        throw new Error(`waited ${deadlineMs} ms in vain for task ${id} ${what}; last seen: ${last}`);
      }
      await delay(LOOK_MS);
    }
  }

  #replace(tasks: readonly TaskSnapshot[]): void {
    this.tasks.clear();
    for (const task of tasks) this.tasks.set(task.id, task);
  }
}

function isAtRest(state: TaskSnapshot['status']['state']): boolean {
  return state === 'completed' || state === 'failed' || state === 'paused';
}

function textOf({ status }: TaskSnapshot): string {
  if (status.state === 'failed') return describeError(status.error);
  return status.state === 'paused' && status.reason !== null ? describeError(status.reason) : '';
}
