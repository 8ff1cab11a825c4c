import { TributaryError } from '../../contract/errors.ts';
import { MemorySink } from '../../kit/memorySink.ts';
import type { Source } from '../sources/source.ts';

/**
 * A short file as a whole, into memory: a Metalink, a list of checksums.
 * @param init.sizeBytes null when the source does not tell
 * @throws TributaryError of the network, `bad-response` when it is longer than that; the signal's reason when aborted
 */
export async function readWhole(
  source: Source,
  init: { sizeBytes: number | null; maxBytes: number },
  options: { signal: AbortSignal },
): Promise<Uint8Array> {
  const { sizeBytes, maxBytes } = init;
  const tooLong = new TributaryError('bad-response', {
    host: new URL(source.peer).host,
    reason: 'a list that is much too long',
  });
  if (sizeBytes !== null && sizeBytes > maxBytes) throw tooLong;
  if (sizeBytes === 0) return new Uint8Array(0);
  const range = { start: 0, end: sizeBytes ?? maxBytes + 1 };
  const sink = new MemorySink(range);
  const lane = source.openLane();
  try {
    const end = await lane.read(range, sink, options);
    if (end === 'filled' && sizeBytes === null) throw tooLong;
    return sink.bytes;
  } finally {
    lane.close();
  }
}
