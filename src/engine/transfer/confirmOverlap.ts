import { MemorySink } from '../../kit/memorySink.ts';
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
