import type { HttpResponse } from '../../src/engine/net/httpResponse.ts';
import type { ByteSink } from '../../src/kit/byteSink.ts';

/** Keeps what it gets. Lends memory for as much as may come. */
export class MemorySink implements ByteSink {
  readonly #memory: Buffer;
  readonly #pause: (() => Promise<void>) | null;
  position = 0;

  /** @param options.pause what is waited for after each piece @default nothing */
  constructor(capacityBytes: number, options: { pause?: () => Promise<void> } = {}) {
    this.#memory = Buffer.alloc(capacityBytes);
    this.#pause = options.pause ?? null;
  }

  get remaining(): number {
    return this.#memory.length - this.position;
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.position);
  }

  lend(): Uint8Array {
    return this.#memory.subarray(this.position);
  }

  filled(count: number): boolean {
    this.position += count;
    return this.#pause === null;
  }

  async ready(): Promise<void> {
    await this.#pause?.();
  }
}

/** The body of an answer that is not longer than the capacity. */
export async function readBody(response: HttpResponse, capacityBytes: number): Promise<Buffer> {
  const sink = new MemorySink(capacityBytes);
  await response.readInto(sink, { signal: new AbortController().signal });
  return sink.bytes;
}
