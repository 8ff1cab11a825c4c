import { isAbsolute } from 'node:path';
import { MAX_MIRRORS, type TaskSecrets } from '../../contract/engineApi.ts';
import { TributaryError, toTributaryError } from '../../contract/errors.ts';
import type { ExistsPolicy } from '../../contract/settings.ts';
import type { TaskId, TaskStatus } from '../../contract/task.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { RECORD_SUFFIX } from '../../kit/partNames.ts';
import { readResumeRecord } from '../disk/resumeRecord.ts';
import type { TaskStore } from '../disk/taskStore.ts';
import { isFullForm } from '../intake/address.ts';
import { Throttle } from '../transfer/throttle.ts';
import { joinRun } from './joinRun.ts';
import { PathClaims } from './pathClaims.ts';
import { removeLeftovers, removePart } from './removePart.ts';
import { Retries } from './retries.ts';
import { Task } from './task.ts';
import { TaskQueue } from './taskQueue.ts';
import { parseTaskRecord, type TaskRecord } from './taskRecord.ts';
import { TaskRunner, type TaskRunnerComponents } from './taskRunner.ts';
import { checkMove } from './taskState.ts';

export interface TaskListComponents
  extends Omit<TaskRunnerComponents, 'claims' | 'retries' | 'move' | 'save' | 'onChange'> {
  /** Null: nothing is kept. */
  readonly store: TaskStore | null;
  /** Pauses before a download that failed is tried again by itself; empty: never. See `Retries`. */
  readonly retryPausesMs: readonly number[];
}

/** All downloads of an engine: who exists, who runs, who is next. */
export class TaskList {
  readonly #components: TaskListComponents;
  readonly #tasks = new Map<TaskId, Task>();
  readonly #claims = new PathClaims();
  readonly #queue: TaskQueue;
  readonly #retries: Retries;
  readonly #runner: TaskRunner;
  readonly #changed = new Emitter<Task>();
  readonly #removed = new Emitter<TaskId>();
  #lastOrder = 0;

  readonly onDidChange: Event<Task> = this.#changed.event;
  readonly onDidRemove: Event<TaskId> = this.#removed.event;

  constructor(components: TaskListComponents) {
    this.#components = components;
    this.#queue = new TaskQueue({
      get: (id) => this.get(id),
      run: (task, { signal }) =>
        this.#runner
          .run(task, { signal })
          .catch((error: unknown) => components.log('error', `internal: ${String(error)}`, task.id)),
      onEnd: (task) => this.#tell(task),
    });
    this.#retries = new Retries({
      clock: components.clock,
      pausesMs: components.retryPausesMs,
      dateMs: Date.now,
      // Somebody else may have moved it in this moment.
      retry: (id) => void this.resume(id).catch(() => {}),
    });
    this.#runner = new TaskRunner({
      ...components,
      claims: this.#claims,
      retries: this.#retries,
      move: (task, status) => this.#move(task, status),
      save: (record) => this.#save(record),
      onChange: (task) => this.#tell(task),
    });
  }

  /** Brings back what an earlier engine kept. Tasks that ran then are queued, so that they run again. */
  async load(): Promise<void> {
    const values = (await this.#components.store?.loadAll()) ?? [];
    const records = values.map(parseTaskRecord).filter((record) => record !== null);
    if (records.length < values.length) {
      const count = values.length - records.length;
      this.#components.log('warn', `${count} task(s) that could not be read were left out of the list.`, null);
    }
    for (const record of records.sort((a, b) => a.order - b.order)) {
      const task = this.#taskOf(record, {});
      this.#tasks.set(task.id, task);
      this.#lastOrder = record.order;
      if (record.targetName !== null && !isComplete(task)) this.#claims.claim(task.id, task.targetPath);
      await this.#recallProgress(task);
      this.#queue.lineUp(task);
      if (task.status.state === 'failed' && task.status.retryAt !== undefined)
        this.#retries.recall(task.id, task.status.retryAt);
    }
  }

  /** From now on tasks run. */
  open(): void {
    this.#queue.open();
  }

  [Symbol.iterator](): IterableIterator<Task> {
    return this.#tasks.values();
  }

  get runningTasks(): number {
    return this.#queue.running;
  }

  /** Failed ones that are tried again by themselves. */
  get waitingRetries(): number {
    return this.#retries.waiting;
  }

  /** @throws TributaryError `unknown-task` */
  get(id: TaskId): Task {
    const task = this.#tasks.get(id);
    if (task === undefined) throw new TributaryError('unknown-task', { id: id.slice(0, 40) });
    return task;
  }

  nextOrder(): number {
    this.#lastOrder += 1;
    return this.#lastOrder;
  }

  async add(record: TaskRecord, secrets: TaskSecrets): Promise<void> {
    const task = this.#taskOf(record, secrets);
    this.#tasks.set(task.id, task);
    await this.#save(task.record);
    this.#queue.lineUp(task);
    this.#tell(task);
    this.#queue.startNext();
  }

  configure(limits: { parallelTasks: number; lanesPerTask: number; findChecksums: boolean }): void {
    this.#runner.limits = limits;
    this.#queue.places = limits.parallelTasks;
  }

  /** Resolves when the traffic has stopped and the record is exact. */
  async pause(id: TaskId): Promise<void> {
    const task = this.get(id);
    checkMove(task.status.state, 'paused');
    if (task.status.state === 'failed' && !isRetried(task))
      throw new TributaryError('illegal-move', { state: 'failed' });
    await this.#pause(task);
    this.#queue.startNext();
  }

  /** @param exists what to do about a file that was in its way. @default as before */
  async resume(id: TaskId, exists?: ExistsPolicy): Promise<void> {
    const task = this.get(id);
    if (task.status.state !== 'paused' && task.status.state !== 'failed') {
      throw new TributaryError('illegal-move', { state: task.status.state });
    }
    if (task.status.state === 'failed' && task.status.error.code === 'file-changed') task.restart = true;
    if (exists !== undefined) task.update({ exists });
    await this.#move(task, { state: 'queued' });
    this.#queue.startNext();
  }

  /**
   * Begins anew in another folder. What has arrived is deleted where that is possible.
   * @throws TributaryError `bad-option`, `illegal-move` while it runs
   */
  async changeFolder(id: TaskId, folder: string): Promise<void> {
    const task = this.get(id);
    if (!isAbsolute(folder)) throw new TributaryError('bad-option', { what: `The folder ${folder} is not absolute.` });
    const { state } = task.status;
    if (task.run !== null || (state !== 'paused' && state !== 'failed'))
      throw new TributaryError('illegal-move', { state });
    const left = { targetPath: task.targetPath, record: task.record };
    this.#queue.hold(task);
    try {
      task.unsavedRecord = null;
      task.update({ folder, targetName: null, receivedBytes: 0 });
      // The old one may be read-only, or gone.
      await removePart(left).catch(() => {});
    } finally {
      // Not before: another download that took the name at once would lose its part.
      this.#claims.release(id);
      this.#queue.letGo(task);
    }
    // Somebody, or its next attempt, may have let it go on meanwhile.
    if (this.get(id).status.state === 'queued') this.#queue.startNext();
    else await this.resume(id);
  }

  /** Stops it, deletes its part file and takes it off the list. A complete file is never touched. */
  async cancel(id: TaskId): Promise<void> {
    const task = this.get(id);
    if (isComplete(task)) throw new TributaryError('illegal-move', { state: 'completed' });
    this.#queue.hold(task);
    try {
      await this.#queue.stop(task, 'removed');
      // It may have become complete in this moment.
      if (!isComplete(task)) await removePart(task);
      await this.#remove(task);
    } finally {
      this.#queue.letGo(task);
    }
  }

  /** Takes a task that does not run off the list; no file is touched. */
  async remove(id: TaskId): Promise<void> {
    const task = this.get(id);
    if (task.run !== null) throw new TributaryError('illegal-move', { state: task.status.state });
    await this.#remove(task);
  }

  async clearCompleted(): Promise<void> {
    for (const task of [...this.#tasks.values()]) {
      if (task.status.state === 'completed') await this.#remove(task);
    }
  }

  async pauseAll(): Promise<void> {
    // The waiting ones first, or they would start in the places that become free.
    const waiting = [...this.#tasks.values()].filter((task) => task.status.state === 'queued' || isRetried(task));
    const active = [...this.#tasks.values()].filter((task) => task.status.state === 'active');
    await Promise.all([...waiting, ...active].map((task) => this.#pause(task)));
  }

  async resumeAll(): Promise<void> {
    const paused = [...this.#tasks.values()].filter((task) => task.status.state === 'paused');
    await Promise.all(paused.map((task) => this.#move(task, { state: 'queued' })));
    this.#queue.startNext();
  }

  /** Changes places with the neighbour in the queue; at its end, or for a task that does not wait, nothing happens. */
  async swap(id: TaskId, direction: 'up' | 'down'): Promise<void> {
    const task = this.get(id);
    const otherId = this.#queue.neighbour(id, direction);
    if (otherId === null) return;
    const other = this.get(otherId);
    const order = task.record.order;
    task.update({ order: other.record.order });
    other.update({ order });
    for (const moved of [task, other]) this.#queue.lineUp(moved);
    for (const moved of [task, other]) {
      await this.#save(moved.record);
      this.#tell(moved);
    }
  }

  /** What a restart had to forget. A task that waited for it goes on. */
  async provideSecrets(id: TaskId, secrets: TaskSecrets): Promise<void> {
    const task = this.get(id);
    task.secrets = secrets;
    const { status } = task;
    if (status.state === 'paused' && status.reason?.code === 'credentials-needed')
      await this.#move(task, { state: 'queued' });
    this.#queue.startNext();
  }

  /**
   * One more link to the same file. It joins a run under way; a task that had failed goes on with it.
   * @throws TributaryError `illegal-move` (complete), `bad-option` (too many)
   */
  async addMirror(id: TaskId, mirror: TaskRecord['mirrors'][number], secret: string | null): Promise<void> {
    const task = this.get(id);
    const { mirrors, address } = task.record;
    if (isComplete(task)) throw new TributaryError('illegal-move', { state: 'completed' });
    if (mirrors.length >= MAX_MIRRORS)
      throw new TributaryError('bad-option', { what: 'The task has too many mirrors.' });
    const known = [address, ...mirrors.map((other) => other.address)].includes(mirror.address);
    if (!known || secret !== null) {
      task.update({ mirrors: [...mirrors.filter((other) => other.address !== mirror.address), mirror] });
      if (secret !== null) {
        // The same link as it was before has expired.
        const others = (task.secrets.mirrors ?? []).filter((link) => !isFullForm(link, mirror.address));
        task.secrets = { ...task.secrets, mirrors: [...others, secret] };
      }
      await joinRun(task, secret ?? mirror.address, this.#components);
    }
    await this.#goOnWith(task);
  }

  /** The task's link is another one from now on; what was received is kept. @throws TributaryError `illegal-move` */
  async replaceLink(id: TaskId, changed: { record: TaskRecord; secrets: TaskSecrets }): Promise<void> {
    const task = this.get(id);
    if (isComplete(task)) throw new TributaryError('illegal-move', { state: 'completed' });
    this.#queue.hold(task);
    try {
      if (task.status.state === 'active') await this.#queue.stop(task, 'shutdown');
      const { address, display, needsSecrets } = changed.record;
      task.update({ address, display, needsSecrets });
      task.secrets = changed.secrets;
    } finally {
      this.#queue.letGo(task);
    }
    await this.#goOnWith(task);
  }

  /** 0: no limit. Holds at once. */
  async limit(id: TaskId, bytesPerSecond: number): Promise<void> {
    const task = this.get(id);
    task.update({ limitBytesPerSecond: bytesPerSecond });
    task.throttle.setLimit(bytesPerSecond);
    this.#tell(task);
    await this.#save(task.record);
  }

  /** What it lacked is there: a task that failed or waits for a link runs again, one that the user paused does not. */
  async #goOnWith(task: Task): Promise<void> {
    const { status } = task;
    const lackedLink =
      status.state === 'failed' || (status.state === 'paused' && status.reason?.code === 'link-expired');
    if (lackedLink) await this.#move(task, { state: 'queued' });
    else await this.#save(task.record);
    this.#tell(task);
    this.#queue.startNext();
  }

  #taskOf(record: TaskRecord, secrets: TaskSecrets): Task {
    return new Task(record, secrets, new Throttle({ nowMs: this.#components.clock.nowMs }));
  }

  /** A fact found out later, such as the digest of a complete file. */
  async setStatus(task: Task, status: TaskStatus): Promise<void> {
    // It may have been taken off the list while somebody computed what is in there.
    if (this.#tasks.has(task.id)) await this.#move(task, status);
  }

  /** Stops everything; what ran goes on at the next start. Resolves when all records are exact. */
  async close(): Promise<void> {
    this.#retries.close();
    this.#queue.close();
    await Promise.all([...this.#tasks.values()].map((task) => this.#queue.stop(task, 'shutdown')));
    await this.#components.store?.settled();
  }

  /** A waiting task changes its state first: the end of a run, an older one of its own too, starts whatever waits. */
  async #pause(task: Task): Promise<void> {
    if (task.status.state === 'queued' || isRetried(task)) await this.#move(task, { state: 'paused', reason: null });
    const { run } = task;
    await this.#queue.stop(task, 'paused');
    // Its link was being replaced, and it would go on.
    const isStoppedForLater = run?.abort.signal.reason === 'shutdown' && task.status.state === 'queued';
    if (isStoppedForLater) await this.#move(task, { state: 'paused', reason: null });
  }

  async #move(task: Task, status: TaskStatus): Promise<void> {
    task.moveTo(status);
    if (!isRetried(task)) this.#retries.cancel(task.id);
    this.#queue.lineUp(task);
    // First written down: whoever hears of it may end the engine the next moment.
    await this.#save(task.record);
    this.#tell(task);
  }

  /** One that was taken off the list while its change was written down would stand in every view once more, and for ever. */
  #tell(task: Task): void {
    if (this.#tasks.has(task.id)) this.#changed.fire(task);
  }

  async #remove(task: Task): Promise<void> {
    checkMove(task.status.state, 'gone');
    this.#tasks.delete(task.id);
    this.#queue.remove(task);
    this.#claims.release(task.id);
    this.#retries.forget(task.id);
    this.#removed.fire(task.id);
    await this.#components.store?.save(task.id, null);
    this.#queue.startNext();
  }

  /** Keeps what must outlive the process. A full disk must not stop the list from working, so that is only told. */
  async #save(record: TaskRecord): Promise<void> {
    const { id } = record;
    if (!this.#tasks.has(id)) return;
    try {
      await this.#components.store?.save(id, record);
    } catch (error) {
      this.#components.log('error', `the list could not be saved: ${toTributaryError(error).message}`, id);
    }
  }

  async #recallProgress(task: Task): Promise<void> {
    if (task.record.targetName === null) return;
    if (task.status.state === 'completed') {
      await removeLeftovers(task.targetPath);
      return;
    }
    const record = await readResumeRecord(task.targetPath + RECORD_SUFFIX);
    const receivedBytes = (record?.done ?? []).reduce((sum, [start, end]) => sum + end - start, 0);
    task.update({ receivedBytes, sizeBytes: record?.size ?? task.record.sizeBytes });
  }
}

function isComplete(task: Task): boolean {
  return task.status.state === 'completed';
}

/** Whether it goes on by itself. */
function isRetried({ status }: Task): boolean {
  return status.state === 'failed' && status.retryAt !== undefined;
}
