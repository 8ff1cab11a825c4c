import type { DigestAlgorithm } from '../../contract/checksum.ts';
import type { ClaimBytes, ReadInMemory } from '../../kit/byteSink.ts';
import type { RangeSink } from './rangeSink.ts';

/** The bytes of an incomplete file: a part file beside the target, or memory while they are few and young. */
export interface Part {
  /** Of the part file, whether it is there yet or not. */
  readonly path: string;
  /** The part file is there; a resume record beside it is of use. */
  readonly isFile: boolean;
  /** The disk is behind: no further buffer should be filled. */
  readonly congested: boolean;
  /**
   * What has to be deleted once the task is written down as complete: if the process ends before that, it tells the
   * finished file from a stranger's. Null: nothing.
   */
  readonly leftover: string | null;
  /** Gives the file its final length, without allocating blocks. */
  setLength(bytes: number): Promise<void>;
  /** Fewer bytes than asked for when the file is shorter. */
  readAt(range: { start: number; end: number }): Promise<Uint8Array>;
  /**
   * @param alsoRead who reads the bytes of a file beside the write; those in memory are few. @default nobody
   * @param claim what of some bytes is to be written. @default all of them
   */
  sink(
    range: { start: number; end: number },
    onWritten: (start: number, end: number) => void,
    alsoRead?: ReadInMemory,
    claim?: ClaimBytes,
  ): RangeSink;
  /**
   * Everything written before this call survives a power cut once it returns, when the part is a file then.
   * @param options.complete every byte is there: it gets its final name next. @default false
   */
  flush(options?: { complete: boolean }): Promise<void>;
  /** Of the whole file; lower-case hex. @throws TributaryError of the disk; the signal's reason when aborted */
  digest(algorithm: DigestAlgorithm, options: { signal: AbortSignal }): Promise<string>;
  /**
   * Gives the complete file its name; durable when it returns. Nothing can be written any more.
   * @throws TributaryError `file-exists` (never without `replace`; another name can be tried), disk errors
   */
  moveTo(path: string, options: { replace: boolean }): Promise<void>;
  /** What was in memory only is gone. */
  close(): Promise<void>;
}
