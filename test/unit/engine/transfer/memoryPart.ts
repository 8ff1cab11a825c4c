import assert from 'node:assert/strict';
import { RangeSink } from '../../../../src/engine/disk/rangeSink.ts';
import { type Interval, IntervalSet } from '../../../../src/engine/transfer/intervalSet.ts';
import type { PartWriter, RunSink } from '../../../../src/engine/transfer/partWriter.ts';
import { CountingBuffers } from '../disk/countingBuffers.ts';

/** A part file in memory, written by the real sinks; knows what a power cut would leave. */
export class MemoryPart implements PartWriter {
  readonly bytes: Buffer;
  readonly congested = false;
  readonly buffers = new CountingBuffers();
  /** What is in the file, and what of it was flushed. */
  readonly written = new IntervalSet();
  flushed: Interval[] = [];
  writtenBytes = 0;
  flushes = 0;
  /** Throws, to fail a write. */
  onWrite: (position: number) => void = () => {};
  /** Called while a flush is under way. */
  onFlush: () => Promise<void> = async () => {};

  constructor(sizeBytes: number) {
    this.bytes = Buffer.alloc(sizeBytes);
  }

  sink(...[range, onWritten, alsoRead, claim]: Parameters<PartWriter['sink']>): RunSink {
    const write = async (bytes: Uint8Array, position: number): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      this.onWrite(position);
      assert.ok(position + bytes.length <= this.bytes.length, 'a write beyond the end of the file');
      this.bytes.set(bytes, position);
      this.written.add(position, position + bytes.length);
      this.writtenBytes += bytes.length;
    };
    return new RangeSink(range, { write, buffers: this.buffers, onWritten, alsoRead, claim });
  }

  async flush(): Promise<void> {
    this.flushes++;
    const before = [...this.written];
    await new Promise((resolve) => setImmediate(resolve));
    await this.onFlush();
    this.flushed = before;
  }

  /** True when all of these intervals would survive a power cut now. */
  isSafe(intervals: readonly Interval[]): boolean {
    return intervals.every((wanted) =>
      this.flushed.some((safe) => safe.start <= wanted.start && wanted.end <= safe.end),
    );
  }
}
