import { describeError, type ErrorInfo } from '../contract/errors.ts';
import type { SourceSnapshot, TaskSnapshot, TaskState, Verification } from '../contract/task.ts';

/** An error as `--json` carries it. */
export interface ErrorJson {
  readonly code: string;
  readonly message: string;
}

/** One of the places that a file comes from. */
export interface SourceJson {
  /** Without user info and query. */
  readonly address: string;
  /** Only when it is not used, and why. */
  readonly error?: ErrorJson;
}

/** Written whenever a file's state changes, and as the last line of each file. */
export interface TaskJson {
  readonly type: 'task';
  readonly id: string;
  /** `removed`: somebody cancelled it with `tributary cancel`. */
  readonly state: TaskState | 'removed';
  readonly name: string;
  /** Absolute path of the finished file. */
  readonly path: string;
  /** Without user info and query. */
  readonly address: string;
  /** Bytes; null while unknown. */
  readonly size: number | null;
  readonly received: number;
  /** Null until the server has answered. */
  readonly resumable: boolean | null;
  readonly checksum: string | null;
  /** Bytes per second of this file alone; null: no limit. */
  readonly limit: number | null;
  /** The address that was given first, then its mirrors. */
  readonly sources: readonly SourceJson[];
  /** Only when completed: `verified` (the digest matched) or `size-only`. */
  readonly verification?: Verification;
  /** Only when failed, or paused for a reason. */
  readonly error?: ErrorJson;
}

/** Written at most four times a second for each active file. */
export interface ProgressJson {
  readonly type: 'progress';
  readonly id: string;
  readonly state: 'active';
  readonly phase: string;
  readonly received: number;
  readonly size: number | null;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
  readonly lanes: number;
}

/** Written instead of a task when there is none: the command itself was refused. */
export interface FailureJson {
  readonly type: 'error';
  readonly state: 'failed';
  readonly address?: string;
  readonly error: ErrorJson;
}

/** Code and English sentence. */
export function errorJson(info: ErrorInfo): ErrorJson {
  return { code: info.code, message: describeError(info) };
}

/** @param state another one than the snapshot's: `paused` after an interruption, `removed` after a cancel */
export function taskJson(task: TaskSnapshot, state: TaskJson['state'] = task.status.state): TaskJson {
  const { status } = task;
  const error = status.state === 'failed' ? status.error : status.state === 'paused' ? status.reason : null;
  return {
    type: 'task',
    id: task.id,
    state,
    name: task.name,
    path: task.targetPath,
    address: task.sources[0]?.address ?? '',
    size: task.sizeBytes,
    received: task.receivedBytes,
    resumable: task.resumable,
    checksum: task.checksum,
    limit: task.limitBytesPerSecond === 0 ? null : task.limitBytesPerSecond,
    sources: task.sources.map(sourceJson),
    ...(status.state === 'completed' ? { verification: status.verification } : {}),
    ...(error === null ? {} : { error: errorJson(error) }),
  };
}

function sourceJson({ address, error }: SourceSnapshot): SourceJson {
  return error === null ? { address } : { address, error: errorJson(error) };
}

/** Null for a task that does not run. */
export function progressJson(task: TaskSnapshot): ProgressJson | null {
  const { status } = task;
  if (status.state !== 'active') return null;
  return {
    type: 'progress',
    id: task.id,
    state: 'active',
    phase: status.phase,
    received: task.receivedBytes,
    size: task.sizeBytes,
    bytesPerSecond: Math.round(status.bytesPerSecond),
    secondsLeft: status.secondsLeft === null ? null : Math.ceil(status.secondsLeft),
    lanes: status.lanes,
  };
}

/** @param address safe to show */
export function failureJson(info: ErrorInfo, address?: string): FailureJson {
  const error = errorJson(info);
  return address === undefined
    ? { type: 'error', state: 'failed', error }
    : { type: 'error', state: 'failed', address, error };
}
