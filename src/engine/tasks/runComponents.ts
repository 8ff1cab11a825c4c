import type { Checksum } from '../../contract/checksum.ts';
import type { TributaryError } from '../../contract/errors.ts';
import type { ActivePhase, Verification } from '../../contract/task.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Source } from '../sources/source.ts';
import type { ChunkEvent } from '../transfer/chunkTracker.ts';
import type { HostPolicies } from '../transfer/hostPolicies.ts';
import type { Throttle } from '../transfer/throttle.ts';
import type { TransferProgress } from '../transfer/transfer.ts';
import type { FileDigests } from './fileDigests.ts';
import type { Task } from './task.ts';

/** What the run of a task works with. */
export interface RunTaskComponents {
  /**
   * What a link that the user gave stands for; the one of a seed may stand for several.
   * @param options.begunBytes size of the file of which a part is there already
   */
  readonly openSources: (
    task: Task,
    link: string,
    options?: { signal: AbortSignal; begunBytes?: number | null },
  ) => readonly Source[] | Promise<readonly Source[]>;
  /** A link that a server or a Metalink told of: what the user gave for the task's own link goes there only when it is the same origin. */
  readonly openLink: (task: Task, link: string) => Source;
  /** Every limit that holds for what a source gives to the task. */
  readonly throttlesOf: (task: Task, source: Source) => readonly Throttle[];
  readonly hosts: HostPolicies;
  readonly clock: Clock;
  readonly random: () => number;
  /** Claims the path for the task; false when it collides with another task's files. */
  readonly reserve: (task: Task, path: string) => boolean;
  readonly onChunk: (event: ChunkEvent) => void;
  /** Something in `task.record` or the state below has changed. */
  readonly onProgress: (phase: ActivePhase, progress: TransferProgress) => void;
  readonly onSourceFailed: (task: Task, source: Source, error: TributaryError) => void;
  /** The task's Metalink names further files. */
  readonly onFurtherFiles: (task: Task, names: readonly string[]) => void;
  /** The task's link leads to a folder, of which it downloads the first file: these are the others. */
  readonly onFolder: (task: Task, files: readonly FolderFileTask[]) => void;
}

/** One file of a folder, as a download of its own. */
export interface FolderFileTask {
  readonly address: string;
  /** Absolute. */
  readonly folder: string;
  /** Safe. */
  readonly name: string;
}

/** What is known of a file before its first byte, apart from what its sources tell. */
export interface ExpectedFile {
  /** As a Metalink calls it; safe. */
  readonly name: string | null;
  readonly digests: FileDigests;
  /** A checksum that is still being looked for; never rejects. */
  readonly lateChecksum: Promise<Checksum | null>;
}

/** How a run that completed ended. */
export interface FinishedFile {
  readonly verification: Verification;
  /** Lower-case hex; null when it was not computed. */
  readonly sha256: string | null;
  /** See Part. */
  readonly leftover: string | null;
}
