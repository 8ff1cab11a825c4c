import type { ActivePhase, Verification } from '../../contract/task.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Source } from '../sources/source.ts';
import type { ChunkEvent } from '../transfer/chunkTracker.ts';
import type { HostPolicies } from '../transfer/hostPolicies.ts';
import type { Throttle } from '../transfer/throttle.ts';
import type { TransferProgress } from '../transfer/transfer.ts';
import type { Task } from './task.ts';

/** What the run of a task works with. */
export interface RunTaskComponents {
  readonly openSource: (task: Task) => Source;
  readonly throttle: Throttle;
  readonly hosts: HostPolicies;
  readonly clock: Clock;
  readonly random: () => number;
  /** Claims the path for the task; false when it collides with another task's files. */
  readonly reserve: (task: Task, path: string) => boolean;
  readonly onChunk: (event: ChunkEvent) => void;
  /** Something in `task.record` or the state below has changed. */
  readonly onProgress: (phase: ActivePhase, progress: TransferProgress) => void;
}

/** How a run that completed ended. */
export interface FinishedFile {
  readonly verification: Verification;
  /** Lower-case hex; null when it was not computed. */
  readonly sha256: string | null;
  /**
   * The resume record, to be deleted once the task is written down as complete: if the process ends before that, the
   * record is what tells the finished file from a stranger's.
   */
  readonly recordPath: string;
}
