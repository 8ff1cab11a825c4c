import type { ByteSink } from '../../../kit/byteSink.ts';
import type { ByteRange, Lane, ReadEnd, ReadOptions } from '../source.ts';

/** A lane of a seed in the fast form: what a link fails by is told as what a seed fails by. */
export class FastLane implements Lane {
  readonly #lane: Lane;
  readonly #toSeedError: (error: unknown) => unknown;

  constructor(lane: Lane, toSeedError: (error: unknown) => unknown) {
    this.#lane = lane;
    this.#toSeedError = toSeedError;
  }

  get position(): number | null {
    return this.#lane.position;
  }

  async read(range: ByteRange, sink: ByteSink, options: ReadOptions): Promise<ReadEnd> {
    try {
      return await this.#lane.read(range, sink, options);
    } catch (error) {
      throw this.#toSeedError(error);
    }
  }

  close(): void {
    this.#lane.close();
  }
}
