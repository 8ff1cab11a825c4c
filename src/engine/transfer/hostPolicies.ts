import type { TributaryError } from '../../contract/errors.ts';
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
  transfers: number;
  cap: { lanes: number; expiresMs: number } | null;
  /** No request before that, on the monotonic clock. */
  hold: { untilMs: number; reason: TributaryError } | null;
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
  #mostLanes = Number.POSITIVE_INFINITY;

  /** A cap was learned. */
  readonly onDidChange: Event<void> = this.#changed.event;

  constructor(components: { clock: Clock; dateMs: () => number }) {
    this.#clock = components.clock;
    this.#dateMs = components.dateMs;
  }

  /** What the user allows for each host, whatever it puts up with. */
  limit(lanesPerHost: number): void {
    this.#mostLanes = lanesPerHost;
  }

  /** One more transfer uses the host: from now on they share what it puts up with. */
  join(host: string): void {
    this.#of(host).transfers++;
  }

  leave(host: string): void {
    const state = this.#of(host);
    state.transfers--;
    this.#forgetIfUnused(host, state);
  }

  /** Every transfer may have one lane, whatever others have; more only while the host's cap allows, and no more than its share. */
  mayOpen(host: string, ownLanes: number): boolean {
    if (ownLanes === 0) return true;
    const state = this.#of(host);
    const most = this.#mostOf(state);
    return state.lanes < most && ownLanes < shareOf(most, state);
  }

  /** The transfer should do with fewer lanes: the host's cap is exceeded, or others have a right to them. */
  isOverCap(host: string, ownLanes: number): boolean {
    const state = this.#of(host);
    const most = this.#mostOf(state);
    const share = shareOf(most, state);
    return ownLanes > 1 && (ownLanes > share || (state.lanes > most && ownLanes >= share));
  }

  opened(host: string): void {
    this.#of(host).lanes++;
  }

  closed(host: string): void {
    const state = this.#of(host);
    state.lanes--;
    this.#forgetIfUnused(host, state);
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
  hold(host: string, ms: number, reason: TributaryError): void {
    const state = this.#of(host);
    const untilMs = this.#clock.nowMs() + ms;
    if (state.hold === null || untilMs > state.hold.untilMs) state.hold = { untilMs, reason };
  }

  /** How long the host must not be asked, in milliseconds, and what it said; null: it may be asked now. */
  held(host: string): { readonly ms: number; readonly reason: TributaryError } | null {
    const state = this.#hosts.get(host);
    if (state === undefined || state.hold === null) return null;
    const ms = state.hold.untilMs - this.#clock.nowMs();
    if (ms > 0) return { ms, reason: state.hold.reason };
    state.hold = null;
    this.#forgetIfUnused(host, state);
    return null;
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
      transfers: 0,
      cap: null,
      hold: null,
      halvedMs: Number.NEGATIVE_INFINITY,
    };
    this.#hosts.set(host, state);
    return state;
  }

  #forgetIfUnused(host: string, state: HostState): void {
    const known = this.#capOf(state) !== Number.POSITIVE_INFINITY || state.hold !== null;
    if (state.lanes === 0 && state.transfers === 0 && !known) this.#hosts.delete(host);
  }

  #mostOf(state: HostState): number {
    return Math.min(this.#capOf(state), this.#mostLanes);
  }

  #capOf(state: HostState): number {
    if (state.cap !== null && state.cap.expiresMs <= this.#dateMs()) state.cap = null;
    return state.cap?.lanes ?? Number.POSITIVE_INFINITY;
  }
}

/** What is left over after an even division goes to whoever comes first. */
function shareOf(most: number, { transfers }: HostState): number {
  return Math.ceil(most / Math.max(1, transfers));
}
