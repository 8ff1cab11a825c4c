import { join } from 'node:path';
import type { TaskSecrets } from '../../contract/engineApi.ts';
import type { TaskId, TaskSnapshot, TaskStatus } from '../../contract/task.ts';
import type { ResumeRecord } from '../disk/resumeRecord.ts';
import type { TaskRecord } from './taskRecord.ts';
import { checkMove } from './taskState.ts';

/** Why a run of a task is stopped; the reason of its abort signal. */
export type StopReason = 'paused' | 'removed' | 'shutdown';

/** A run under way. */
export interface TaskRun {
  readonly abort: AbortController;
  /** Settles when everything the run had opened is closed; never rejects. */
  readonly ended: Promise<void>;
}

/** One download: what is kept of it, what must not be kept, and its run. */
export class Task {
  readonly id: TaskId;
  record: TaskRecord;
  status: TaskStatus;
  secrets: TaskSecrets;
  run: TaskRun | null = null;
  /** The next run starts from the first byte: the user knows that the file has changed. */
  restart = false;
  /** What the part file holds, while a full disk keeps it from being written down. */
  unsavedRecord: ResumeRecord | null = null;
  /** The name claimed against the other tasks; the part file is called after it. */
  reservedPath: string | null = null;

  constructor(record: TaskRecord, secrets: TaskSecrets) {
    this.id = record.id;
    this.record = record;
    this.status = record.status;
    this.secrets = secrets;
    if (record.targetName !== null && record.status.state !== 'completed') this.reservedPath = this.targetPath;
  }

  get targetPath(): string {
    return join(this.record.folder, this.record.targetName ?? this.record.guessedName);
  }

  /** True when something that is never written down is missing since a restart. */
  get lacksSecrets(): boolean {
    return this.record.needsSecrets && this.secrets.address === undefined && this.secrets.headers === undefined;
  }

  /** @throws TributaryError `illegal-move` */
  moveTo(status: TaskStatus): void {
    if (status.state !== this.status.state) checkMove(this.status.state, status.state);
    this.status = status;
    this.record = { ...this.record, status: status.state === 'active' ? { state: 'queued' } : status };
  }

  update(changes: Partial<TaskRecord>): void {
    this.record = { ...this.record, ...changes };
  }

  snapshot(): TaskSnapshot {
    const { record } = this;
    return {
      id: record.id,
      name: record.targetName ?? record.guessedName,
      folder: record.folder,
      targetPath: this.targetPath,
      sizeBytes: record.sizeBytes,
      receivedBytes: record.receivedBytes,
      resumable: record.resumable,
      checksum: record.checksum,
      sources: [{ kind: 'http', address: record.display }],
      order: record.order,
      createdAt: record.createdAt,
      status: this.status,
    };
  }
}
