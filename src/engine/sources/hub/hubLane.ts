import { ERRORS, TributaryError } from '../../../contract/errors.ts';
import type { ByteSink } from '../../../kit/byteSink.ts';
import { fetchBytes } from '../../net/fetchBytes.ts';
import type { DataPort } from '../../net/hubSession.ts';
import { toNetworkError } from '../../net/networkError.ts';
import type { ByteRange, Lane, ReadEnd } from '../source.ts';

export interface HubLaneComponents {
  /** Asks the hub for a port that sends the range. */
  port(range: ByteRange, options: { signal: AbortSignal }): Promise<DataPort>;
  /** For messages. */
  readonly host: string;
  onClose(): void;
}

/** Fetches ranges from a hub, each over a connection of its own. */
export class HubLane implements Lane {
  /** A hub closes after each range. */
  readonly position = null;
  readonly #components: HubLaneComponents;

  constructor(components: HubLaneComponents) {
    this.#components = components;
  }

  async read(range: ByteRange, sink: ByteSink, options: { signal: AbortSignal }): Promise<ReadEnd> {
    const { port, host } = this.#components;
    const from = await port({ start: sink.position, end: range.end }, options);
    try {
      await fetchBytes(from, sink, options);
      return 'filled';
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof TributaryError && ERRORS[error.code].category === 'disk') throw error;
      throw toNetworkError(error, host);
    }
  }

  close(): void {
    this.#components.onClose();
  }
}
