import type { EngineEvents } from '../contract/engineApi.ts';
import { type ErrorInfo, toTributaryError } from '../contract/errors.ts';
import type { TaskId, TaskSnapshot } from '../contract/task.ts';
import type { Engine } from '../engine/engine.ts';
import { parseAddress } from '../engine/intake/address.ts';
import { DisposableList } from '../kit/disposables.ts';
import { settledWithin } from '../kit/settledWithin.ts';
import type { WantedFile } from './addressList.ts';
import { EXIT_COMPLETE, EXIT_INTERRUPTED, exitCodeOf } from './exitCode.ts';
import type { GetPlan } from './getPlan.ts';
import type { Outcome, RunReport } from './runReport.ts';
import { SourceWarnings } from './sourceWarnings.ts';

interface Entry {
  readonly file: WantedFile;
  /** One of several files of a Metalink: they came by one address. */
  ofSeveral: boolean;
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
  /** Every task that was ever one of this run. */
  readonly #family = new Set<TaskId>();
  readonly #snapshots = new Map<TaskId, TaskSnapshot>();
  /** The latest of tasks of which it is not known yet whose they are: their `add` has not answered. */
  readonly #unclaimed = new Map<TaskId, TaskSnapshot>();
  readonly #sourceWarnings = new SourceWarnings();
  readonly #subscriptions = new DisposableList();
  #exitCode: number = EXIT_COMPLETE;
  #unsettled: number;
  #stopped = false;
  #finish: (exitCode: number) => void = () => {};

  constructor(engine: Engine, plan: GetPlan, report: RunReport) {
    this.#engine = engine;
    this.#plan = plan;
    this.#report = report;
    this.#entries = plan.files.map((file) => newEntry(file, false));
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
    if (this.#plan.seeds !== null) await this.#engine.handle('configureSeeds', this.#plan.seeds);
    for (const entry of this.#entries) {
      if (this.#stopped) break;
      await this.#add(entry);
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
    // A failure to close is told by whoever closes.
    await settledWithin(limitMs, closing);
    const tasks = this.#entries.flatMap(({ task, outcome }) => (task === null || outcome !== null ? [] : [task]));
    const completed = this.#entries.filter(({ outcome }) => outcome?.kind === 'completed').length;
    this.#report.interrupted(tasks, completed, this.#entries.length);
    this.#finish(EXIT_INTERRUPTED);
  }

  async #add(entry: Entry): Promise<void> {
    const { file } = entry;
    const { folder, fileName, exists, headers, mirrors } = this.#plan;
    try {
      const { id } = await this.#engine.handle('add', {
        address: file.address,
        folder,
        exists,
        ...(fileName === null ? {} : { fileName }),
        ...(mirrors.length === 0 ? {} : { mirrors: [...mirrors] }),
        ...(file.checksum === null ? {} : { checksum: file.checksum }),
        ...(Object.keys(headers).length === 0 ? {} : { headers }),
      });
      this.#own(id, entry);
      this.#changed({ tasks: [], removed: [] });
    } catch (error) {
      this.#fail(entry, toTributaryError(error));
    }
  }

  #changed({ tasks, removed }: EngineEvents['changed']): void {
    for (const task of tasks) this.#unclaimed.set(task.id, task);
    const ours = this.#claim();
    // While the engine closes, only the byte counts are of interest: what its tasks turn into now is our doing.
    if (this.#stopped) return;
    if (ours.length > 0) this.#report.changed(ours, this.#snapshots, this.#entries.length);
    for (const task of ours) {
      for (const warning of this.#sourceWarnings.take(task)) this.#report.warned(warning);
      this.#judge(task);
    }
    for (const id of removed) this.#removed(id);
  }

  /** Takes what belongs to this run out of the unclaimed ones, and returns what of it has not ended yet. */
  #claim(): TaskSnapshot[] {
    const ours: TaskSnapshot[] = [];
    // Whoever brought others is older than they are.
    for (const task of [...this.#unclaimed.values()].sort((a, b) => a.order - b.order)) {
      const entry = this.#byId.get(task.id) ?? this.#adopt(task);
      if (entry === null) continue;
      this.#unclaimed.delete(task.id);
      if (entry.outcome !== null) continue;
      entry.task = task;
      this.#snapshots.set(task.id, task);
      if (task.status.state === 'active' && task.status.phase !== 'connecting') {
        entry.begun ??= { atMs: performance.now(), receivedBytes: task.receivedBytes };
      }
      ours.push(task);
    }
    return ours;
  }

  /** A further file of a Metalink that was asked for. Null: it is none of ours. */
  #adopt(task: TaskSnapshot): Entry | null {
    if (task.addedBy === null || !this.#family.has(task.addedBy) || this.#family.has(task.id)) return null;
    const parent = this.#byId.get(task.addedBy);
    if (parent !== undefined) parent.ofSeveral = true;
    const entry = newEntry({ address: task.sources[0]?.address ?? '', checksum: null }, true);
    this.#entries.push(entry);
    this.#unsettled++;
    this.#own(task.id, entry);
    return entry;
  }

  #own(id: TaskId, entry: Entry): void {
    this.#byId.set(id, entry);
    this.#family.add(id);
  }

  /** Whether this is how the file ends. A pause has a reason when only the user can mend it: then `get` ends, too. */
  #judge(task: TaskSnapshot): void {
    const entry = this.#byId.get(task.id);
    if (entry === undefined || entry.outcome !== null || entry.asking) return;
    const { status } = task;
    if (status.state === 'completed') {
      const fetchedBytes = task.receivedBytes - (entry.begun?.receivedBytes ?? 0);
      const seconds = entry.begun === null ? 0 : (performance.now() - entry.begun.atMs) / 1000;
      if (this.#plan.settings.findChecksums && status.verification === 'size-only') {
        this.#report.warned(`${subjectOf(entry)}: no checksum was found; only the size was compared`);
      }
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
    // Its own name is still the one that the link suggests, not the one that was found to be taken.
    const answer = await this.#report.askExists(String(error.args.path ?? task.targetPath));
    if (this.#stopped) return;
    if (answer === null) {
      this.#fail(entry, error);
      return;
    }
    if (answer === 'skip') {
      // Its removal is ours, not somebody's cancel.
      this.#byId.delete(task.id);
      this.#snapshots.delete(task.id);
      await this.#engine.handle('remove', { id: task.id });
      this.#settle(entry, { kind: 'skipped', task });
      return;
    }
    // Before it runs: how it ends must not be passed over.
    entry.asking = false;
    await this.#engine.handle('retry', { id: task.id, exists: answer });
  }

  #removed(id: TaskId): void {
    this.#unclaimed.delete(id);
    const entry = this.#byId.get(id);
    if (entry?.task == null || entry.outcome !== null) return;
    this.#note(EXIT_INTERRUPTED);
    this.#settle(entry, { kind: 'removed', task: entry.task });
  }

  #fail(entry: Entry, error: ErrorInfo): void {
    this.#note(exitCodeOf(error.code));
    this.#settle(entry, { kind: 'failed', address: subjectOf(entry), task: entry.task, error });
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

function newEntry(file: WantedFile, ofSeveral: boolean): Entry {
  return { file, ofSeveral, task: null, begun: null, outcome: null, asking: false };
}

/** What a message is about: the address, and which of its files when there are several. */
function subjectOf({ file, ofSeveral, task }: Entry): string {
  const address = shownAddress(file.address);
  return ofSeveral && task !== null ? `${address} (${task.name})` : address;
}

/** Origin and path. The query may hold keys, and the user info a password. */
function shownAddress(address: string): string {
  try {
    return parseAddress(address).display;
  } catch {
    return '';
  }
}
