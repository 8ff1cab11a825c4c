import type { Clock } from '../../kit/clock.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';

/** How long a learned cap is believed: limits of servers change with their load. */
const CAP_EXPIRY_MS = 3600_000;
/** Refusals of one moment are one refusal: sixteen lanes are told at the same time. */
const BURST_MS = 1000;

/** What is worth keeping over a restart. */
export interface KeptHostCap {
  readonly host: string;
  /** Lanes that the host put up with. */
  readonly lanes: number;
  /** Milliseconds since the epoch. */
  readonly expiresMs: number;
}

interface HostState {
  lanes: number;
  cap: { lanes: number; expiresMs: number } | null;
  /** No request before that, on the monotonic clock. */
  heldUntilMs: number;
  halvedMs: number;
}

/**
 * What servers have asked for, for all tasks together: how many lanes they put up with (learned from 429 and 503) and how
 * long they want to be left alone (`Retry-After`).
 */
export class HostPolicies {
  readonly #clock: Clock;
  /** Since the epoch: a cap outlives the process. */
  readonly #dateMs: () => number;
  readonly #hosts = new Map<string, HostState>();
  readonly #changed = new Emitter<void>();

  /** A cap was learned. */
  readonly onDidChange: Event<void> = this.#changed.event;

  constructor(components: { clock: Clock; dateMs: () => number }) {
    this.#clock = components.clock;
    this.#dateMs = components.dateMs;
  }

  /** Every task may have one lane, whatever others have; more only while the host's cap allows. */
  mayOpen(host: string, ownLanes: number): boolean {
    const state = this.#hosts.get(host);
    return ownLanes === 0 || state === undefined || state.lanes < this.#capOf(state);
  }

  /** More lanes are open than the host's cap allows. */
  isOverCap(host: string): boolean {
    const state = this.#hosts.get(host);
    return state !== undefined && state.lanes > this.#capOf(state);
  }

  opened(host: string): void {
    this.#of(host).lanes++;
  }

  closed(host: string): void {
    const state = this.#of(host);
    state.lanes--;
    if (state.lanes === 0 && this.#capOf(state) === Number.POSITIVE_INFINITY && this.heldMs(host) === 0)
      this.#hosts.delete(host);
  }

  /** The host was asked for too much at once: half of what it has now, for all tasks. */
  halve(host: string): void {
    const state = this.#of(host);
    if (this.#clock.nowMs() - state.halvedMs < BURST_MS) return;
    state.halvedMs = this.#clock.nowMs();
    const lanes = Math.max(1, Math.floor(Math.min(state.lanes, this.#capOf(state)) / 2));
    state.cap = { lanes, expiresMs: this.#dateMs() + CAP_EXPIRY_MS };
    this.#changed.fire();
  }

  /** No task asks the host before that time has passed. */
  hold(host: string, ms: number): void {
    const state = this.#of(host);
    state.heldUntilMs = Math.max(state.heldUntilMs, this.#clock.nowMs() + ms);
  }

  /** Milliseconds until the host may be asked again; 0: now. */
  heldMs(host: string): number {
    const state = this.#hosts.get(host);
    return state === undefined ? 0 : Math.max(0, state.heldUntilMs - this.#clock.nowMs());
  }

  kept(): KeptHostCap[] {
    return [...this.#hosts].flatMap(([host, { cap }]) => (cap === null ? [] : [{ host, ...cap }]));
  }

  restore(caps: readonly KeptHostCap[]): void {
    for (const { host, lanes, expiresMs } of caps) {
      if (expiresMs > this.#dateMs()) this.#of(host).cap = { lanes, expiresMs };
    }
  }

  #of(host: string): HostState {
    const known = this.#hosts.get(host);
    if (known !== undefined) return known;
    const state: HostState = {
      lanes: 0,
      cap: null,
      heldUntilMs: Number.NEGATIVE_INFINITY,
      halvedMs: Number.NEGATIVE_INFINITY,
    };
    this.#hosts.set(host, state);
    return state;
  }

  #capOf(state: HostState): number {
    if (state.cap !== null && state.cap.expiresMs <= this.#dateMs()) state.cap = null;
    return state.cap?.lanes ?? Number.POSITIVE_INFINITY;
  }
}
