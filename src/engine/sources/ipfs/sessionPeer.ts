import type { CID } from 'multiformats/cid';
import { blockKey } from '../../protocols/bitswap/blockCid.ts';

/** What a peer of unknown speed is taken for. */
const UNKNOWN_BYTES_PER_SECOND = 10 * 1024 * 1024;
/** A peer gets so much work ahead that it never waits for us, and no more than that, or a slow one would hold the file's end. */
const AHEAD_SECONDS = 0.3;
const MIN_AHEAD_BYTES = 2 * 1024 * 1024;
const MAX_AHEAD_BYTES = 16 * 1024 * 1024;
/** Pauses after a failure (PROTOCOLS §3); after the last of them the peer is left alone for long. */
const PAUSES_MS = [250, 500, 1000];
const BROKEN_MS = 30_000;
/** How many seconds of the past count for the speed. */
const MEMORY_SECONDS = 1;

/** One peer of a session: what it was asked for, how fast it is, and whether it is worth asking. Knows no clock. */
export class SessionPeer {
  readonly id: string;
  /** By key of the block: what it is being asked for, and how long it is likely to be. */
  readonly #inFlight = new Map<string, { readonly bytes: number; readonly sinceMs: number }>();
  readonly #lacks = new Set<string>();
  #aheadBytes = 0;
  #lastByteMs = 0;
  #strikes = 0;
  #pausedUntilMs = 0;
  #bytesPerSecond = 0;
  #windowBytes = 0;
  #windowStartMs: number | null = null;
  /** It gave something wrong: it is never asked again. */
  banned = false;

  constructor(id: string) {
    this.id = id;
  }

  get inFlight(): ReadonlyMap<string, { readonly bytes: number; readonly sinceMs: number }> {
    return this.#inFlight;
  }

  /** May be asked for the block now, or soon. */
  mayHave(cid: CID, nowMs: number): boolean {
    return !this.banned && !this.isBroken(nowMs) && !this.#lacks.has(blockKey(cid));
  }

  /** It failed three times in a row: until it has had a rest, it counts as not there. */
  isBroken(nowMs: number): boolean {
    return this.#strikes >= PAUSES_MS.length && nowMs < this.#pausedUntilMs;
  }

  isReady(nowMs: number): boolean {
    return !this.banned && nowMs >= this.#pausedUntilMs && this.#aheadBytes < this.#mostAhead;
  }

  /** When a block of that size would have come, if it was asked for now. */
  secondsFor(bytes: number): number {
    return (this.#aheadBytes + bytes) / (this.#bytesPerSecond || UNKNOWN_BYTES_PER_SECOND);
  }

  asked(key: string, bytes: number, nowMs: number): void {
    if (this.#inFlight.size === 0) this.#lastByteMs = nowMs;
    this.#windowStartMs ??= nowMs;
    this.#inFlight.set(key, { bytes, sinceMs: nowMs });
    this.#aheadBytes += bytes;
  }

  /** It is not asked for that any more, for whatever reason. */
  settled(key: string): void {
    const entry = this.#inFlight.get(key);
    if (entry === undefined) return;
    this.#inFlight.delete(key);
    this.#aheadBytes -= entry.bytes;
    if (this.#inFlight.size === 0) this.#windowStartMs = null;
    if (this.#inFlight.size === 0) this.#windowBytes = 0;
  }

  received(bytes: number, nowMs: number): void {
    this.#lastByteMs = nowMs;
    this.#windowBytes += bytes;
    const seconds = this.#windowStartMs === null ? 0 : (nowMs - this.#windowStartMs) / 1000;
    if (seconds < 0.1) return;
    const share = Math.min(1, seconds / MEMORY_SECONDS);
    const speed = this.#windowBytes / seconds;
    this.#bytesPerSecond = this.#bytesPerSecond === 0 ? speed : this.#bytesPerSecond * (1 - share) + speed * share;
    this.#windowStartMs = nowMs;
    this.#windowBytes = 0;
  }

  gaveBlock(): void {
    this.#strikes = 0;
  }

  lacks(cid: CID): void {
    this.#lacks.add(blockKey(cid));
  }

  /** Nothing has come for that long though it was asked. */
  isSilent(nowMs: number, patienceMs: number): boolean {
    return this.#inFlight.size > 0 && nowMs - this.#lastByteMs > patienceMs;
  }

  failed(nowMs: number): void {
    const pauseMs = PAUSES_MS[this.#strikes] ?? BROKEN_MS;
    this.#strikes++;
    this.#pausedUntilMs = nowMs + (this.#strikes >= PAUSES_MS.length ? BROKEN_MS : pauseMs);
  }

  /** It has come back, or somebody says that it has the file: what it lacked before it may have now. */
  renew(): void {
    this.#lacks.clear();
  }

  get #mostAhead(): number {
    return Math.min(MAX_AHEAD_BYTES, Math.max(MIN_AHEAD_BYTES, this.#bytesPerSecond * AHEAD_SECONDS));
  }
}
