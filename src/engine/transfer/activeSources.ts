import type { TributaryError } from '../../contract/errors.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Source } from '../sources/source.ts';
import { ActiveSource } from './activeSource.ts';
import type { HostPolicies } from './hostPolicies.ts';
import { IntervalSet } from './intervalSet.ts';

/** The sources that take part in a transfer, or did: who can be asked, for what, and how they compare. */
export class ActiveSources {
  readonly #hosts: HostPolicies;
  readonly #clock: Clock;
  readonly #init: { readonly maxLanes: number; readonly orderly: boolean };
  readonly #all = new Map<Source, ActiveSource>();
  /** What has gone wrong last, or what a host waits for: why nothing happens when nothing does. */
  lastError: TributaryError | null = null;

  /** @param init.maxLanes of all sources together. @param init.orderly somebody hashes the bytes in their order */
  constructor(
    components: { hosts: HostPolicies; clock: Clock },
    init: { readonly maxLanes: number; readonly orderly: boolean },
  ) {
    this.#hosts = components.hosts;
    this.#clock = components.clock;
    this.#init = init;
  }

  [Symbol.iterator](): IterableIterator<ActiveSource> {
    return this.#all.values();
  }

  get(source: Source): ActiveSource | undefined {
    return this.#all.get(source);
  }

  /** Those that are still asked. */
  get live(): ActiveSource[] {
    return [...this.#all.values()].filter(({ isLive }) => isLive);
  }

  /** One that had failed begins anew. */
  join(source: Source): void {
    if (!this.#all.has(source)) this.#hosts.join(source.peer);
    this.#all.set(source, new ActiveSource(source, { ...this.#init, nowMs: this.#clock.nowMs() }));
  }

  /** The transfer is over, and their hosts have more to give to others. */
  leave(): void {
    for (const { peer } of this.#all.values()) this.#hosts.leave(peer);
  }

  /** What no source may be asked for may be asked of all again, or it would be missing for ever. @returns whether there was something */
  freeOrphans(): boolean {
    const [first, ...others] = this.live;
    if (first === undefined) return true;
    const orphans = new IntervalSet(first.banned);
    for (const { banned } of others) {
      for (const { start, end } of [...orphans])
        for (const gap of banned.gaps(start, end)) orphans.remove(gap.start, gap.end);
    }
    for (const { banned } of [first, ...others]) for (const { start, end } of orphans) banned.remove(start, end);
    return !orphans.isEmpty;
  }

  /** Milliseconds for which a source, or one of its lanes, is left alone: its host has asked for that, or a request has just failed. */
  restMs(active: ActiveSource, untilMs: number): number {
    const held = this.#hosts.held(active.peer);
    if (held !== null) this.lastError = held.reason;
    return Math.max(held?.ms ?? 0, untilMs - this.#clock.nowMs());
  }

  /** Some other source takes part that can be asked now. */
  othersMayBeAsked(active: ActiveSource): boolean {
    return this.live.some((other) => other !== active && this.restMs(other, other.restsUntilMs) <= 0);
  }

  /** How much of the work one lane of this source can be expected to do: between 0 and 1. */
  shareOf(active: ActiveSource): number {
    const { bytesPerSecond } = active.pace.usual;
    let lanes = 0;
    let total = 0;
    for (const { isLive, pace } of this.#all.values()) {
      if (!isLive) continue;
      lanes += pace.target;
      total += pace.target * (pace.usual.bytesPerSecond || bytesPerSecond);
    }
    return bytesPerSecond === 0 ? 1 / Math.max(1, lanes) : bytesPerSecond / total;
  }
}
