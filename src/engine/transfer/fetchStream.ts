import { toTributaryError } from '../../contract/errors.ts';
import type { Source } from '../sources/source.ts';
import { retryDelayMs } from './backoff.ts';
import { Run } from './run.ts';
import { fetchRun, type TransferContext } from './transferContext.ts';

/**
 * Fetches the whole file by one lane from its first byte: the server gives no ranges, or no length. A broken stream
 * cannot be gone on with, so every attempt starts anew; progress does not refill the budget, or it would never end.
 * @param init.keepWritten what was written before is certainly of the same version: only what is missing is written
 * @returns the file's size in bytes
 * @throws TributaryError of the last attempt; the signal's reason when aborted
 */
export async function fetchStream(
  context: TransferContext,
  source: Source,
  init: { sizeBytes: number | null; keepWritten: boolean },
  options: { signal: AbortSignal },
): Promise<number> {
  if (!init.keepWritten) context.onRestart();
  for (let failures = 1; ; failures++) {
    const lane = source.openLane();
    const run = new Run({ start: 0, end: init.sizeBytes ?? Number.POSITIVE_INFINITY }, context.clock.nowMs());
    context.onLanes(1, null);
    try {
      await fetchRun(context, source, lane, run, options);
      return run.position;
    } catch (caught) {
      options.signal.throwIfAborted();
      const error = toTributaryError(caught);
      context.onRunFailed(source, run, error);
      const delayMs = retryDelayMs(error, failures, true, context.random());
      if (delayMs === null) throw error;
      if (!init.keepWritten) context.onRestart();
      context.onLanes(1, error);
      await context.clock.sleep(delayMs, options);
    } finally {
      lane.close();
      context.onLanes(0, null);
    }
  }
}
