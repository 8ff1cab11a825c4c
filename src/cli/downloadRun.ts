import type { AddParams, EngineEvents } from '../contract/engineApi.ts';
import { type ErrorInfo, toTributaryError } from '../contract/errors.ts';
import type { TaskId, TaskSnapshot } from '../contract/task.ts';
import type { Engine } from '../engine/engine.ts';
import { parseAddress } from '../engine/intake/address.ts';
import { DisposableList } from '../kit/disposables.ts';
import type { WantedFile } from './addressList.ts';
import { EXIT_COMPLETE, EXIT_INTERRUPTED, exitCodeOf } from './exitCode.ts';
import type { GetPlan } from './getPlan.ts';
import type { Outcome, RunReport } from './runReport.ts';

interface Entry {
  readonly file: WantedFile;
  task: TaskSnapshot | null;
  /** When its first byte was under way, and how much was there then. */
  begun: { readonly atMs: number; readonly receivedBytes: number } | null;
  outcome: Outcome | null;
  asking: boolean;
}

/** The files of one `get`, from handing them to the engine to the exit status. */
export class DownloadRun {
  readonly #engine: Engine;
  readonly #plan: GetPlan;
  readonly #report: RunReport;
  readonly #entries: Entry[];
  readonly #byId = new Map<TaskId, Entry>();
  readonly #snapshots = new Map<TaskId, TaskSnapshot>();
  /** Changes of tasks whose `add` has not answered yet. */
  readonly #early = new Map<TaskId, TaskSnapshot>();
  readonly #subscriptions = new DisposableList();
  #exitCode: number = EXIT_COMPLETE;
  #unsettled: number;
  #stopped = false;
  #finish: (exitCode: number) => void = () => {};

  constructor(engine: Engine, plan: GetPlan, report: RunReport) {
    this.#engine = engine;
    this.#plan = plan;
    this.#report = report;
    this.#entries = plan.files.map((file) => ({ file, task: null, begun: null, outcome: null, asking: false }));
    this.#unsettled = this.#entries.length;
  }

  /** Resolves with the exit status when every file has ended, or at once after `stop`. */
  async run(options: { readonly chunkEvents: boolean }): Promise<number> {
    const finished = new Promise<number>((resolve) => {
      this.#finish = resolve;
    });
    this.#subscriptions.add(this.#engine.onDidChange((change) => this.#changed(change)));
    this.#subscriptions.add(this.#engine.onDidLog((line) => this.#report.logged(line)));
    if (options.chunkEvents) {
      this.#subscriptions.add(
        this.#engine.onDidChunk(({ name, payload }) => {
          // What is still under way when the last file has ended must not come behind that file's last line.
          if (this.#unsettled > 0) this.#report.chunk(name, payload);
        }),
      );
    }
    await this.#engine.handle('network', this.#plan.network);
    await this.#engine.handle('configure', this.#plan.settings);
    for (const entry of this.#entries) {
      if (this.#stopped) break;
      await this.#add(entry, this.#plan.exists);
    }
    const exitCode = await finished;
    this.#subscriptions.dispose();
    return exitCode;
  }

  /**
   * A signal came: `closing` is the engine writing everything down, and `run` resolves when it has, or without it after
   * `limitMs`, since whoever pressed Ctrl-C does not wait.
   */
  async interrupt(closing: Promise<void>, limitMs: number): Promise<void> {
    if (this.#stopped || this.#unsettled === 0) return;
    this.#stopped = true;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    // A failure to close is told by whoever closes.
    await Promise.race([closing.catch(() => {}), limit]);
    clearTimeout(timer);
    const tasks = this.#entries.flatMap(({ task, outcome }) => (task === null || outcome !== null ? [] : [task]));
    const completed = this.#entries.filter(({ outcome }) => outcome?.kind === 'completed').length;
    this.#report.interrupted(tasks, completed);
    this.#finish(EXIT_INTERRUPTED);
  }

  async #add(entry: Entry, exists: AddParams['exists']): Promise<void> {
    const { file } = entry;
    const { folder, fileName, headers } = this.#plan;
    try {
      const { id } = await this.#engine.handle('add', {
        address: file.address,
        folder,
        exists,
        ...(fileName === null ? {} : { fileName }),
        ...(file.checksum === null ? {} : { checksum: file.checksum }),
        ...(Object.keys(headers).length === 0 ? {} : { headers }),
      });
      this.#byId.set(id, entry);
      const early = this.#early.get(id);
      this.#early.delete(id);
      if (early !== undefined) this.#changed({ tasks: [early], removed: [] });
    } catch (error) {
      this.#fail(entry, toTributaryError(error));
    }
  }

  #changed({ tasks, removed }: EngineEvents['changed']): void {
    const ours: TaskSnapshot[] = [];
    for (const task of tasks) {
      const entry = this.#byId.get(task.id);
      if (entry === undefined) {
        this.#early.set(task.id, task);
      } else if (entry.outcome === null) {
        entry.task = task;
        this.#snapshots.set(task.id, task);
        if (task.status.state === 'active' && task.status.phase !== 'connecting') {
          entry.begun ??= { atMs: performance.now(), receivedBytes: task.receivedBytes };
        }
        ours.push(task);
      }
    }
    // While the engine closes, only the byte counts are of interest: what its tasks turn into now is our doing.
    if (this.#stopped) return;
    if (ours.length > 0) this.#report.changed(ours, this.#snapshots);
    for (const task of ours) this.#judge(task);
    for (const id of removed) this.#removed(id);
  }

  /** Whether this is how the file ends. A pause has a reason when only the user can mend it: then `get` ends, too. */
  #judge(task: TaskSnapshot): void {
    const entry = this.#byId.get(task.id);
    if (entry === undefined || entry.outcome !== null || entry.asking) return;
    const { status } = task;
    if (status.state === 'completed') {
      const fetchedBytes = task.receivedBytes - (entry.begun?.receivedBytes ?? 0);
      const seconds = entry.begun === null ? 0 : (performance.now() - entry.begun.atMs) / 1000;
      this.#settle(entry, { kind: 'completed', task, fetchedBytes, seconds });
    } else if (status.state === 'failed') {
      if (status.error.code === 'file-exists' && this.#plan.exists === 'ask') {
        entry.asking = true;
        this.#ask(entry, task, status.error).catch((error: unknown) => this.#fail(entry, toTributaryError(error)));
      } else {
        this.#fail(entry, status.error);
      }
    } else if (status.state === 'paused' && status.reason !== null) {
      this.#fail(entry, status.reason);
    }
  }

  async #ask(entry: Entry, task: TaskSnapshot, error: ErrorInfo): Promise<void> {
    const answer = await this.#report.askExists(task.targetPath);
    if (this.#stopped) return;
    if (answer === null) {
      this.#fail(entry, error);
      return;
    }
    // Its removal is ours, not somebody's cancel.
    this.#byId.delete(task.id);
    this.#snapshots.delete(task.id);
    await this.#engine.handle('remove', { id: task.id });
    if (answer === 'skip') {
      this.#settle(entry, { kind: 'skipped', task });
      return;
    }
    entry.asking = false;
    entry.task = null;
    await this.#add(entry, answer);
  }

  #removed(id: TaskId): void {
    this.#early.delete(id);
    const entry = this.#byId.get(id);
    if (entry?.task == null || entry.outcome !== null) return;
    this.#note(EXIT_INTERRUPTED);
    this.#settle(entry, { kind: 'removed', task: entry.task });
  }

  #fail(entry: Entry, error: ErrorInfo): void {
    this.#note(exitCodeOf(error.code));
    this.#settle(entry, { kind: 'failed', address: shownAddress(entry.file.address), task: entry.task, error });
  }

  /** The first failure decides the exit status. */
  #note(exitCode: number): void {
    if (this.#exitCode === EXIT_COMPLETE) this.#exitCode = exitCode;
  }

  #settle(entry: Entry, outcome: Outcome): void {
    if (entry.outcome !== null || this.#stopped) return;
    entry.outcome = outcome;
    this.#unsettled--;
    this.#report.ended(outcome);
    if (this.#unsettled === 0) this.#finish(this.#exitCode);
  }
}

/** Origin and path. The query may hold keys, and the user info a password. */
function shownAddress(address: string): string {
  try {
    return parseAddress(address).display;
  } catch {
    return '';
  }
}
