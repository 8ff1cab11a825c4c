import { ERRORS, type ErrorCode, type ErrorInfo, TributaryError, toTributaryError } from '../../contract/errors.ts';
import type { TaskId, TaskStatus } from '../../contract/task.ts';
import { removeFile } from '../disk/jsonFile.ts';
import { parseChecksum } from '../intake/checksum.ts';
import type { PathClaims } from './pathClaims.ts';
import type { Retries } from './retries.ts';
import type { FinishedFile, RunTaskComponents } from './runComponents.ts';
import { runTask } from './runTask.ts';
import type { StopReason, Task } from './task.ts';
import type { TaskRecord } from './taskRecord.ts';

export interface TaskRunnerComponents
  extends Pick<
    RunTaskComponents,
    | 'openSources'
    | 'openLink'
    | 'throttlesOf'
    | 'hosts'
    | 'clock'
    | 'random'
    | 'onChunk'
    | 'onFurtherFiles'
    | 'onFolder'
  > {
  readonly claims: PathClaims;
  readonly retries: Retries;
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, taskId: TaskId | null) => void;
  /** Gives it a state, writes that down and tells it. */
  readonly move: (task: Task, status: TaskStatus) => Promise<void>;
  /** Writes it down, if it is still on the list. Never fails. */
  readonly save: (record: TaskRecord) => Promise<void>;
  readonly onChange: (task: Task) => void;
}

/** Failures that the user mends on this machine and then goes on: the task waits for that instead of failing. */
const PAUSES = new Set<ErrorCode>([
  'disk-full',
  'disk-error',
  'file-missing',
  'folder-unwritable',
  'folder-missing',
  'credentials-needed',
  'hub-key-needed',
  'link-expired',
]);

/** Runs tasks, and decides what becomes of one whose run has ended. */
export class TaskRunner {
  readonly #components: TaskRunnerComponents;
  /** For runs that begin from now on. */
  limits = { lanesPerTask: 16, findChecksums: false };

  constructor(components: TaskRunnerComponents) {
    this.#components = components;
  }

  /** Resolves when everything that the run has opened is closed, whatever became of it. */
  async run(task: Task, { signal }: { signal: AbortSignal }): Promise<void> {
    const connecting: TaskStatus = {
      state: 'active',
      phase: 'connecting',
      bytesPerSecond: 0,
      secondsLeft: null,
      lanes: 0,
      waiting: null,
    };
    task.moveTo(connecting);
    this.#components.onChange(task);
    this.#components.log('info', `${task.record.display} started`, task.id);
    try {
      if (task.lacksSecrets)
        throw new TributaryError('credentials-needed', { host: new URL(task.record.address).host });
      const checksum = task.record.checksum === null ? null : parseChecksum(task.record.checksum);
      const finished = await runTask(
        task,
        this.#runComponents(task),
        {
          maxLanes: this.limits.lanesPerTask,
          checksum,
          findChecksum: task.record.findChecksum ?? this.limits.findChecksums,
        },
        { signal },
      );
      await this.#complete(task, finished);
    } catch (caught) {
      await this.#endRun(task, caught, signal);
    }
  }

  #runComponents(task: Task): RunTaskComponents {
    return {
      ...this.#components,
      onSourceFailed: (_, source, error) => {
        this.#components.log('warn', `${source.address}: ${error.code}: ${error.message}`, task.id);
        this.#components.onChange(task);
      },
      reserve: (_, path) => this.#components.claims.claim(task.id, path),
      onProgress: (phase, progress) => {
        const { bytesPerSecond, secondsLeft, lanes, waiting } = progress;
        if (task.status.state === 'active')
          task.moveTo({ state: 'active', phase, bytesPerSecond, secondsLeft, lanes, waiting });
        this.#components.onChange(task);
      },
    };
  }

  async #complete(task: Task, finished: FinishedFile): Promise<void> {
    const { verification, sha256, leftover } = finished;
    this.#components.claims.release(task.id);
    this.#components.retries.forget(task.id);
    const completed: TaskStatus = { state: 'completed', verification, sha256, finishedAt: Date.now() };
    // Written down, then tidied up, and only then told: whoever hears of it finds the file and nothing else.
    await this.#components.save({ ...task.record, status: completed });
    if (leftover !== null) await removeFile(leftover);
    task.moveTo(completed);
    this.#components.onChange(task);
    this.#components.log('info', `${task.targetPath} complete (${verification})`, task.id);
  }

  /** The run did not complete: stopped by somebody, or failed. */
  async #endRun(task: Task, caught: unknown, signal: AbortSignal): Promise<void> {
    const reason = signal.aborted ? (signal.reason as StopReason) : null;
    if (reason === 'removed') return;
    if (reason === 'shutdown') {
      task.moveTo({ state: 'queued' });
      await this.#components.save(task.record);
      return;
    }
    if (reason === 'paused') {
      await this.#components.move(task, { state: 'paused', reason: null });
      this.#components.log('info', 'paused', task.id);
      return;
    }
    const error = toTributaryError(caught);
    // The name belongs to somebody else: this task has no claim on it.
    if (error.code === 'file-exists') this.#components.claims.release(task.id);
    this.#components.log(
      ERRORS[error.code].category === 'internal' ? 'error' : 'warn',
      `${error.code}: ${error.message}`,
      task.id,
    );
    if (error.code === 'internal') this.#components.log('error', stackOf(error), task.id);
    const info = error.toInfo();
    await this.#components.move(
      task,
      PAUSES.has(error.code) ? { state: 'paused', reason: info } : this.#failure(task, info),
    );
  }

  #failure(task: Task, error: ErrorInfo): TaskStatus {
    const retryAt = this.#components.retries.plan(task, error);
    return retryAt === null ? { state: 'failed', error } : { state: 'failed', error, retryAt };
  }
}

/** Where it happened, without the message: that may hold a link. */
function stackOf(error: Error): string {
  const stack = error.cause instanceof Error ? error.cause.stack : error.stack;
  return (stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
