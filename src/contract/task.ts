/** What a download looks like from outside the engine: plain data, no secrets. */
import type { ErrorInfo } from './errors.ts';

/** Eight characters of [0-9a-z]; unique in one engine state folder. */
export type TaskId = string;

export type SourceKind = 'http' | 'seed' | 'hub' | 'ipfs';

/** How sure we are of a finished file: its digest was given and matched, or only its size could be compared. */
export type Verification = 'verified' | 'size-only';

export type ActivePhase = 'connecting' | 'downloading' | 'verifying' | 'finishing';

/** One state with exactly the fields that state has; `tasks/taskState.ts` holds the table of legal moves. */
export type TaskStatus =
  | { readonly state: 'queued' }
  | {
      readonly state: 'active';
      readonly phase: ActivePhase;
      /** Smoothed over a few seconds. */
      readonly bytesPerSecond: number;
      /** Null while the size or the speed is unknown. */
      readonly secondsLeft: number | null;
      /** Connections that are open for this task now. */
      readonly lanes: number;
      /** Why it waits, while every lane is between two attempts. */
      readonly waiting: ErrorInfo | null;
    }
  | {
      readonly state: 'paused';
      /** Null when the user paused it; otherwise what has to be mended before it can go on. */
      readonly reason: ErrorInfo | null;
    }
  | {
      readonly state: 'failed';
      readonly error: ErrorInfo;
      /** When it is tried again by itself, in milliseconds since the epoch; missing: only when somebody asks for it. */
      readonly retryAt?: number;
    }
  | {
      readonly state: 'completed';
      readonly verification: Verification;
      /** Lower-case hex; null until somebody asked for it. */
      readonly sha256: string | null;
      /** Milliseconds since the epoch. */
      readonly finishedAt: number;
    };

export type TaskState = TaskStatus['state'];

export interface SourceSnapshot {
  readonly kind: SourceKind;
  /** Shortened for display: no user info, no query. */
  readonly address: string;
  /** Bytes of the file that it gave: a single source all, one of several those of the run under way or the last one. */
  readonly receivedBytes: number;
  /** Why it is not used now; null: it is, or it may be. */
  readonly error: ErrorInfo | null;
}

export interface TaskSnapshot {
  readonly id: TaskId;
  /** The file's name; a guess from the link until the server has answered. */
  readonly name: string;
  /** Absolute path of the folder that the file lands in. */
  readonly folder: string;
  /** Absolute path of the finished file. */
  readonly targetPath: string;
  /** Null until known; stays null for a server that tells no length, until the file is complete. */
  readonly sizeBytes: number | null;
  /** Bytes that are in the part file for good. */
  readonly receivedBytes: number;
  /** Null until the server has answered. False: a pause or a lost connection starts from zero. */
  readonly resumable: boolean | null;
  /** What the file must have, `sha256:…`: given by the user, else offered by a server; null when there is none. */
  readonly checksum: string | null;
  /** The address that was given first, then its mirrors. */
  readonly sources: readonly SourceSnapshot[];
  /** Of this task alone, in bytes per second; 0: none. */
  readonly limitBytesPerSecond: number;
  /** The task whose Metalink file named this one, too; null for a task that somebody added. */
  readonly addedBy: TaskId | null;
  /** Position in the queue; smaller runs first. */
  readonly order: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly status: TaskStatus;
}
