import type { ByteSink, ClaimBytes, ReadInMemory } from '../../kit/byteSink.ts';
import type { ByteRange } from '../sources/source.ts';

/** The sink of one run, as the transfer sees it. */
export interface RunSink extends ByteSink {
  /** Gives the tail from `end` on to somebody else; what was received already stays. */
  shrinkTo(end: number): void;
  /** Waits until everything received so far is written. @throws TributaryError of the disk */
  drain(): Promise<void>;
  /** Nobody fills it any more: gives its memory back. Call it after `drain`. */
  close(): void;
}

/** What a transfer needs of the file it fills. */
export interface PartWriter {
  /** The disk is behind: lanes are slow because they wait for it. */
  readonly congested: boolean;
  /**
   * @param onWritten called for every piece that is in the file now (though not flushed yet)
   * @param alsoRead who reads the bytes where they lie, beside the write. @default nobody
   * @param claim what of some bytes is to be written. @default all of them
   */
  sink(
    range: ByteRange,
    onWritten: (start: number, end: number) => void,
    alsoRead?: ReadInMemory,
    claim?: ClaimBytes,
  ): RunSink;
  /**
   * What was written before survives a power cut afterwards.
   * @param options.complete every byte is there: what follows is the file's final name. @default false
   */
  flush(options?: { complete: boolean }): Promise<void>;
}
