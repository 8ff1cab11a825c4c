import { ERRORS, TributaryError } from '../../../contract/errors.ts';
import type { ByteSink } from '../../../kit/byteSink.ts';
import { authorityOf } from '../../intake/authority.ts';
import { fetchBytes } from '../../net/fetchBytes.ts';
import type { DataPort } from '../../net/hubSession.ts';
import type { HubTimings } from '../../net/hubTimings.ts';
import { toNetworkError } from '../../net/networkError.ts';
import type { ByteRange, Lane, ReadEnd } from '../source.ts';
import type { HubSilence } from './hubSilence.ts';

export interface HubLaneComponents {
  /** Asks the hub for a port that sends the range. */
  port(range: ByteRange, options: { signal: AbortSignal }): Promise<DataPort>;
  /** The hub lives. */
  onReceived(): void;
  /** For messages. */
  readonly host: string;
  readonly timings: HubTimings;
  /** Of all lanes. */
  readonly silence: HubSilence;
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
    const { port, onReceived, host, timings, silence } = this.#components;
    const attempt = silence.begin(sink);
    let whose = host;
    try {
      const from = await port({ start: sink.position, end: range.end }, options);
      // A firewall or a tunnel may let the hub's port through, and this one not: that should be seen.
      whose = authorityOf({ hostname: from.address, port: from.port });
      await fetchBytes(from, sink, { ...options, ...timings, onReceived });
      return 'filled';
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof TributaryError && ERRORS[error.code].category === 'disk') throw error;
      throw silence.judge(toNetworkError(error, whose));
    } finally {
      attempt.dispose();
    }
  }

  close(): void {
    this.#components.onClose();
  }
}
