import { type ByteSink, fillFrom } from '../../../kit/byteSink.ts';
import { bytesOfLeaf, type Leaf, type LeafList } from '../../protocols/unixfs/leafList.ts';
import type { ByteRange, ReadEnd } from '../source.ts';

/** Work ahead of the leaf that is being written. */
const AHEAD_BYTES = 2 * 1024 * 1024;
const MAX_AHEAD = 8;

export interface LeafReaderComponents {
  /** The leaf's block, checked. */
  readonly fetch: (leaf: Leaf, options: { signal: AbortSignal }) => Promise<Uint8Array>;
  /** Only a part of this block was in the range. */
  readonly keep: (leaf: Leaf, block: Uint8Array) => void;
}

/**
 * Fills a sink with a range of a file from the blocks of its leaves, a few of them asked for at the same time. Only whole,
 * checked blocks get there.
 * @throws what `fetch` and the sink throw; the signal's reason when aborted
 */
export async function readLeaves(
  components: LeafReaderComponents,
  leaves: LeafList,
  { range, sink }: { range: ByteRange; sink: ByteSink },
  { signal }: { signal: AbortSignal },
): Promise<ReadEnd> {
  const stop = new AbortController();
  const all = AbortSignal.any([signal, stop.signal]);
  const ahead = new Map<number, Promise<Uint8Array>>();
  const askUpTo = (first: number): void => {
    // The range's end may have been moved: another lane has taken over its rest.
    const end = sink.position + sink.remaining;
    let bytes = 0;
    for (let index = first; index < leaves.length && index < first + MAX_AHEAD; index++) {
      const leaf = leaves.at(index);
      if (leaf === undefined || leaf.offset >= end || (bytes >= AHEAD_BYTES && index > first + 1)) return;
      bytes += leaf.sizeBytes;
      if (ahead.has(index)) continue;
      const block = components.fetch(leaf, { signal: all });
      // It is looked at in its turn.
      block.catch(() => {});
      ahead.set(index, block);
    }
  };
  try {
    for (let index = leaves.indexAt(range.start); sink.remaining > 0 && index < leaves.length; index++) {
      const leaf = leaves.at(index);
      if (leaf === undefined) break;
      askUpTo(index);
      const block = await ahead.get(index);
      ahead.delete(index);
      if (block === undefined) break;
      signal.throwIfAborted();
      if (sink.remaining === 0) {
        components.keep(leaf, block);
        break;
      }
      const isWhole = sink.position === leaf.offset && sink.remaining >= leaf.sizeBytes;
      if (!isWhole) components.keep(leaf, block);
      // The next ones are asked for before this one is written.
      askUpTo(index + 1);
      await write(bytesOfLeaf(leaf, block).subarray(sink.position - leaf.offset), sink, signal);
    }
    return sink.remaining === 0 ? 'filled' : 'ended';
  } finally {
    stop.abort(new Error('the range is done'));
  }
}

async function write(bytes: Uint8Array, sink: ByteSink, signal: AbortSignal): Promise<void> {
  for (let rest = bytes; rest.length > 0 && sink.remaining > 0; ) {
    const filled = fillFrom(sink, rest);
    rest = filled.rest;
    if (!filled.goOn) await sink.ready({ signal });
  }
}
