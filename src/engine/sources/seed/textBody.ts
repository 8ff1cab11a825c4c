import { TributaryError } from '../../../contract/errors.ts';
import type { ByteSink } from '../../../kit/byteSink.ts';
import type { HttpResponse } from '../../net/httpResponse.ts';

const FIRST_BYTES = 64 * 1024;

/** Grows with what comes, up to a bound. */
class TextSink implements ByteSink {
  readonly #maxBytes: number;
  #memory = Buffer.allocUnsafe(FIRST_BYTES);
  position = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get remaining(): number {
    return this.#maxBytes - this.position;
  }

  get text(): string {
    return this.#memory.toString('utf8', 0, this.position);
  }

  lend(): Uint8Array {
    if (this.position === this.#memory.length)
      this.#memory = Buffer.concat([this.#memory], Math.min(this.#maxBytes, this.#memory.length * 2));
    return this.#memory.subarray(this.position);
  }

  filled(count: number): boolean {
    this.position += count;
    return true;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }
}

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
  const sink = new TextSink(where.maxBytes + 1);
  if ((await response.readInto(sink, options)) === 'ended') return sink.text;
  response.discard();
  throw new TributaryError('bad-response', { host: where.host, reason: 'it is much too long' });
}
