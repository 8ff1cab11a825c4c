import { TributaryError } from '../../../contract/errors.ts';
import { MemorySink } from '../../../kit/memorySink.ts';
import type { HttpResponse } from '../../net/httpResponse.ts';

/**
 * The body of an answer as text.
 * @param where.host for messages
 * @throws TributaryError of the network, `bad-response` when it is longer than that; the signal's reason when aborted
 */
export async function readText(
  response: HttpResponse,
  where: { host: string; maxBytes: number },
  options: { signal: AbortSignal },
): Promise<string> {
  const sink = new MemorySink({ start: 0, end: where.maxBytes + 1 });
  if ((await response.readInto(sink, options)) === 'ended') return Buffer.from(sink.bytes).toString('utf8');
  response.discard();
  throw new TributaryError('bad-response', { host: where.host, reason: 'it is much too long' });
}
