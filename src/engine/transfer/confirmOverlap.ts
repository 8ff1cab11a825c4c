import type { ByteSink } from '../../kit/byteSink.ts';
import type { ByteRange, Source } from '../sources/source.ts';
import type { Interval } from './intervalSet.ts';

const SAMPLE_BYTES = 64 * 1024;

/**
 * For a server that gives no validators: whether the file it has now agrees with what is in the part, on a sample from
 * the end of what was received. Equal sizes alone do not show that (a nightly build keeps its size).
 * @param readPart reads the part file's bytes of that range
 * @throws TributaryError of the network; the signal's reason when aborted
 */
export async function confirmOverlap(
  components: { source: Source; readPart: (range: ByteRange) => Promise<Uint8Array> },
  done: readonly Interval[],
  options: { signal: AbortSignal },
): Promise<boolean> {
  const last = done.at(-1);
  if (last === undefined) return true;
  const range = { start: Math.max(last.start, last.end - SAMPLE_BYTES), end: last.end };
  const sink = new MemorySink(range);
  const lane = components.source.openLane();
  try {
    await lane.read(range, sink, options);
  } finally {
    lane.close();
  }
  return sink.remaining === 0 && Buffer.compare(sink.bytes, await components.readPart(range)) === 0;
}

/** Keeps a short range in memory. */
class MemorySink implements ByteSink {
  readonly bytes: Uint8Array;
  readonly #start: number;
  #used = 0;

  constructor(range: ByteRange) {
    this.#start = range.start;
    this.bytes = new Uint8Array(range.end - range.start);
  }

  get position(): number {
    return this.#start + this.#used;
  }

  get remaining(): number {
    return this.bytes.length - this.#used;
  }

  lend(): Uint8Array {
    return this.bytes.subarray(this.#used);
  }

  filled(count: number): boolean {
    this.#used += count;
    return true;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }
}
