import { TributaryError } from '../../../../src/contract/errors.ts';
import type { ByteRange, Lane, ReadEnd, Source, SourceDescription } from '../../../../src/engine/sources/source.ts';
import type { PartWriter, RunSink } from '../../../../src/engine/transfer/partWriter.ts';
import type { ByteSink } from '../../../../src/kit/byteSink.ts';
import type { Clock } from '../../../../src/kit/clock.ts';
import type { SeededRandom } from '../seededRandom.ts';

/** A server and the way to it. Speeds in bytes per second. */
export interface NetworkInit {
  /** @default 'simulated' */
  readonly host?: string;
  /** Of all connections together. */
  readonly linkSpeed: number;
  /** Of each connection. */
  readonly laneSpeed: number;
  /** From a request to its first byte. */
  readonly latencyMs: number;
  /** Chance that a request breaks off somewhere. */
  readonly failures: number;
  /** Chance that a request gets a hundredth of the speed. */
  readonly crawlers: number;
  /** Connections that the server puts up with; more are answered with 503. */
  readonly laneCap: number;
  /** From then on it refuses everything, or keeps still until `IDLE_MS` have passed. @default never */
  readonly dies?: { readonly atMs: number; readonly how: 'refuses' | 'hangs' };
}

/** What the real lane waits for the next byte. */
const IDLE_MS = 30_000;

/** Bytes flow in steps this long, so that the link's share of a lane follows the others. */
const STEP_MS = 100;

/** A source whose lanes deliver nothing, but take the time that a network would take. */
export class SimulatedNetwork implements Source {
  readonly kind = 'http';
  readonly key: string;
  readonly address: string;
  readonly peer: string;
  readonly #init: NetworkInit;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  /** What each lane that reads now could do alone. */
  readonly #reading = new Set<{ speed: number }>();
  requests = 0;
  bytes = 0;
  /** Most at once. */
  mostReading = 0;

  constructor(init: NetworkInit, components: { clock: Clock; random: SeededRandom }) {
    this.key = init.host ?? 'simulated';
    this.peer = `http://${this.key}`;
    this.address = `${this.peer}/file`;
    this.#init = init;
    this.#clock = components.clock;
    this.#random = components.random;
  }

  describe(): Promise<SourceDescription> {
    throw new Error('not part of the simulation');
  }

  /** Lanes that read now. */
  get reading(): number {
    return this.#reading.size;
  }

  openLane(): Lane {
    return { position: null, read: (range, sink, options) => this.#read(range, sink, options), close: () => {} };
  }

  close(): void {}

  async #read(_range: ByteRange, sink: ByteSink, options: { signal: AbortSignal }): Promise<ReadEnd> {
    const { latencyMs, laneCap, laneSpeed, failures, crawlers } = this.#init;
    this.requests++;
    const lane = { speed: this.#random.chance(crawlers) ? laneSpeed / 100 : laneSpeed };
    const breaksAfter = this.#random.chance(failures)
      ? this.#random.between(0, sink.remaining)
      : Number.POSITIVE_INFINITY;
    this.#reading.add(lane);
    this.mostReading = Math.max(this.mostReading, this.#reading.size);
    try {
      await this.#live(latencyMs, options);
      if (this.#reading.size > laneCap) throw new TributaryError('server-busy', { host: 'simulated', status: 503 });
      for (let given = 0, carry = 0; sink.remaining > 0; ) {
        const bytesPerMs = Math.min(lane.speed, this.#fairShare()) / 1000;
        const ms = Math.min(STEP_MS, (sink.remaining + 1) / bytesPerMs);
        await this.#live(ms, options);
        carry += ms * bytesPerMs;
        const count = Math.min(sink.remaining, Math.floor(carry));
        carry -= count;
        given += count;
        this.bytes += count;
        if (count > 0) sink.filled(count);
        if (given > breaksAfter) throw new TributaryError('connection-lost', { host: 'simulated' });
      }
      return 'filled';
    } finally {
      this.#reading.delete(lane);
    }
  }

  /** Time passes, unless the server is dead at its end. */
  async #live(ms: number, options: { signal: AbortSignal }): Promise<void> {
    const { atMs, how } = this.#init.dies ?? { atMs: Number.POSITIVE_INFINITY, how: 'refuses' };
    await this.#clock.sleep(ms, options);
    if (this.#clock.nowMs() < atMs) return;
    if (how === 'hangs') await this.#clock.sleep(IDLE_MS, options);
    throw new TributaryError(how === 'hangs' ? 'idle-timeout' : 'connection-refused', { host: this.key });
  }

  /** What one lane may take of the link when each takes as much as it can: slow ones leave theirs to the others. */
  #fairShare(): number {
    let link = this.#init.linkSpeed;
    let lanes = this.#reading.size;
    for (const { speed } of [...this.#reading].sort((a, b) => a.speed - b.speed)) {
      if (speed >= link / lanes) break;
      link -= speed;
      lanes--;
    }
    return link / Math.max(1, lanes);
  }
}

/** A part file that keeps account of ranges only. */
export class SimulatedPart implements PartWriter {
  readonly congested = false;

  sink(range: ByteRange, onWritten: (start: number, end: number) => void): RunSink {
    let { start: position, end } = range;
    return {
      get position() {
        return position;
      },
      get remaining() {
        return end - position;
      },
      lend: () => new Uint8Array(1),
      filled: (count) => {
        const from = position;
        position = Math.min(end, position + count);
        onWritten(from, position);
        return true;
      },
      ready: () => Promise.resolve(),
      shrinkTo: (to) => {
        end = Math.max(position, Math.min(end, to));
      },
      drain: () => Promise.resolve(),
      close: () => {},
    };
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}
