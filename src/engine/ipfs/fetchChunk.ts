import { CID } from 'multiformats/cid';
import { TributaryError, toTributaryError } from '../../contract/errors.ts';
import type { Clock } from '../../kit/clock.ts';
import { decodeUnixfs } from '../protocols/unixfs/unixfsNode.ts';
import type { ContentFile } from '../sources/ipfs/contentFile.ts';

/** Pauses before the second, third and fourth attempt (PROTOCOLS §3). */
const PAUSES_MS = [250, 500, 1000];

/**
 * The bytes of one block of a file, wherever they come from. Tried again after failures that may pass.
 * @param options.onAttempt an attempt begins
 * @throws TributaryError of the last attempt; the signal's reason when aborted
 */
export async function fetchChunk(
  file: ContentFile,
  cid: string,
  clock: Clock,
  options: { signal: AbortSignal; onFailed: (error: TributaryError) => void },
): Promise<Uint8Array> {
  for (let attempt = 0; ; attempt++) {
    try {
      const block = await file.block(CID.parse(cid), options);
      const node = decodeUnixfs(CID.parse(cid), block);
      if (node.kind !== 'file' || node.children.length > 0)
        throw new TributaryError('bad-dag', { cid, reason: 'it is no chunk but what lies above chunks' });
      return node.data;
    } catch (caught) {
      options.signal.throwIfAborted();
      const error = toTributaryError(caught);
      const pauseMs = PAUSES_MS[attempt];
      if (!error.transient || pauseMs === undefined) throw error;
      options.onFailed(error);
      await clock.sleep(pauseMs, options);
    }
  }
}
