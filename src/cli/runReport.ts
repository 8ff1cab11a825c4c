import type { EngineEvents, LogLine } from '../contract/engineApi.ts';
import type { ErrorInfo } from '../contract/errors.ts';
import type { TaskId, TaskSnapshot } from '../contract/task.ts';
import type { Disposable } from '../kit/disposables.ts';
import type { ExistsAnswer } from './askExists.ts';

/** How one of the files that were asked for ended. */
export type Outcome =
  | {
      readonly kind: 'completed';
      readonly task: TaskSnapshot;
      /** Fetched by this run; less than the size after a resume. */
      readonly fetchedBytes: number;
      readonly seconds: number;
    }
  /** `task` is null when the engine did not accept it. */
  | { readonly kind: 'failed'; readonly address: string; readonly task: TaskSnapshot | null; readonly error: ErrorInfo }
  /** The user chose to keep the file that is there. */
  | { readonly kind: 'skipped'; readonly task: TaskSnapshot }
  /** Cancelled from elsewhere. */
  | { readonly kind: 'removed'; readonly task: TaskSnapshot };

export type ChunkEventName = Extract<keyof EngineEvents, `download_chunk_${string}`>;

/** Where a run of `get` tells what happens: for a person or for a program. */
export interface RunReport extends Disposable {
  /**
   * @param all every file of the run that the engine knows, the changed ones included; stays up to date by itself
   * @param wanted how many files the run is about; a Metalink may bring more than were asked for
   */
  changed(changed: readonly TaskSnapshot[], all: ReadonlyMap<TaskId, TaskSnapshot>, wanted: number): void;
  ended(outcome: Outcome): void;
  chunk(name: ChunkEventName, payload: EngineEvents[ChunkEventName]): void;
  logged(line: LogLine): void;
  /** Something that is worth knowing and stops nothing. */
  warned(message: string): void;
  /** The run was stopped by a signal; the parts are written down. */
  interrupted(unfinished: readonly TaskSnapshot[], completedCount: number, wanted: number): void;
  /** Null when there is nobody to ask. */
  askExists(path: string): Promise<ExistsAnswer | null>;
}
