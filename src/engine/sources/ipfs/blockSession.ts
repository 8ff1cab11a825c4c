import type { CID } from 'multiformats/cid';
import { TributaryError } from '../../../contract/errors.ts';
import { onAbort } from '../../../kit/abort.ts';
import type { Clock } from '../../../kit/clock.ts';
import { type Deferred, deferred } from '../../../kit/deferred.ts';
import type { Disposable } from '../../../kit/disposables.ts';
import type { BlockExchange, ExchangeEvent } from '../../net/ipfs/blockExchange.ts';
import { blockKey } from '../../protocols/bitswap/blockCid.ts';
import { KeptBlocks } from './keptBlocks.ts';
import { SessionPeer } from './sessionPeer.ts';

/** How often it is looked whether a peer has fallen silent. */
const TICK_MS = 100;
/** A block that takes so long is asked of somebody else, too, when that one has nothing better to do. */
const HEDGE_MS = 1000;

export interface SessionInit {
  readonly root: CID;
  /** Without a byte from a peer that was asked. @default 2000 */
  readonly firstByteMs: number;
}

export interface FetchedBlock {
  readonly data: Uint8Array;
  /** Who gave it. */
  readonly peer: string;
}

interface Pending {
  readonly cid: CID;
  readonly key: string;
  readonly bytes: number;
  readonly result: Deferred<FetchedBlock>;
  readonly askers: Set<(peer: string) => void>;
  /** Asked now. */
  readonly peers: Set<SessionPeer>;
}

/**
 * The peers of one file, and who of them is asked for which block. A block goes to the peer that would bring it first; one
 * that does not have it is passed over; one that fails makes the request fail, and it is the transfer that repeats it.
 */
export class BlockSession {
  readonly #exchange: BlockExchange;
  readonly #clock: Clock;
  readonly #init: SessionInit;
  readonly #peers = new Map<string, SessionPeer>();
  readonly #pending = new Map<string, Pending>();
  readonly #kept = new KeptBlocks();
  readonly #subscription: Disposable;
  #ticker: Disposable | null = null;
  #searching = true;
  #lastError: TributaryError | null = null;

  constructor(components: { exchange: BlockExchange; clock: Clock }, init: SessionInit) {
    this.#exchange = components.exchange;
    this.#clock = components.clock;
    this.#init = init;
    this.#subscription = components.exchange.onDidHappen((event) => this.#happened(event));
  }

  /** Somebody looks for peers: a block nobody has is waited for. */
  get searching(): boolean {
    return this.#searching;
  }

  set searching(searching: boolean) {
    this.#searching = searching;
    this.#dispatch();
  }

  /** Some peer can be asked. */
  get hasPeers(): boolean {
    const nowMs = this.#clock.nowMs();
    return [...this.#peers.values()].some((peer) => !peer.banned && !peer.isBroken(nowMs));
  }

  /** Somebody waits for a block that none of the peers can be asked for. */
  get needsPeers(): boolean {
    const nowMs = this.#clock.nowMs();
    const peers = [...this.#peers.values()];
    return [...this.#pending.values()].some(({ cid }) => !peers.some((peer) => peer.mayHave(cid, nowMs)));
  }

  addPeer(id: string): void {
    const known = this.#peers.get(id);
    if (known === undefined) this.#peers.set(id, new SessionPeer(id));
    else known.renew();
    this.#dispatch();
  }

  /** Put aside because only a part of it was needed, or because it came late. */
  keep(cid: CID, data: Uint8Array): void {
    this.#kept.add(blockKey(cid), data);
  }

  /**
   * A block, checked. Several who want the same one get the same answer.
   * @param options.bytes how long it is likely to be
   * @param options.onAsked a peer was asked for it
   * @throws TributaryError `first-byte-timeout`, `connection-lost`, `wrong-content`, `ipfs-no-provider`; the signal's reason
   */
  async fetch(
    cid: CID,
    options: { signal: AbortSignal; bytes: number; onAsked?: (peer: string) => void },
  ): Promise<FetchedBlock> {
    const { signal, bytes, onAsked = () => {} } = options;
    const key = blockKey(cid);
    const kept = this.#kept.get(key);
    if (kept !== null) return { data: kept, peer: '' };
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = { cid, key, bytes, result: deferred(), askers: new Set(), peers: new Set() };
      // Whoever had wanted it may have gone by the time it fails.
      pending.result.promise.catch(() => {});
      this.#pending.set(key, pending);
      this.#ticker ??= this.#clock.every(TICK_MS, () => this.#tick());
    }
    const wanted = pending;
    // A function of its own for each: two lanes may hand over the same one.
    const asker = (peer: string): void => onAsked(peer);
    wanted.askers.add(asker);
    for (const peer of wanted.peers) onAsked(peer.id);
    const gaveUp = deferred<never>();
    gaveUp.promise.catch(() => {});
    const subscription = onAbort(signal, (reason) => gaveUp.reject(reason));
    this.#dispatch();
    try {
      return await Promise.race([wanted.result.promise, gaveUp.promise]);
    } finally {
      subscription.dispose();
      wanted.askers.delete(asker);
      if (wanted.askers.size === 0 && this.#pending.get(key) === wanted) this.#drop(wanted);
    }
  }

  close(): void {
    this.#subscription.dispose();
    for (const pending of [...this.#pending.values()]) this.#fail(pending, new TributaryError('engine-lost'));
    this.#ticker?.dispose();
    this.#ticker = null;
    this.#kept.clear();
  }

  #happened(event: ExchangeEvent): void {
    const peer = this.#peers.get(event.peer);
    if (peer === undefined) return;
    const nowMs = this.#clock.nowMs();
    switch (event.kind) {
      case 'bytes':
        if (peer.inFlight.size > 0) peer.received(event.count, nowMs);
        return;
      case 'block':
        this.#received(peer, event.cid, event.data);
        break;
      case 'missing':
        peer.lacks(event.cid);
        this.#unask(peer, blockKey(event.cid));
        break;
      case 'corrupt':
        peer.banned = true;
        this.#lastError = new TributaryError('wrong-content', { host: peer.id });
        // What the others give decides, not what this one gave.
        if (this.hasPeers) for (const key of [...peer.inFlight.keys()]) this.#unask(peer, key);
        else this.#failPeer(peer, this.#lastError);
        break;
      case 'mute':
        peer.banned = true;
        for (const key of [...peer.inFlight.keys()]) this.#unask(peer, key);
        break;
      case 'gone':
        peer.failed(nowMs);
        this.#failPeer(peer, new TributaryError('connection-lost', { host: peer.id }));
        break;
    }
    this.#dispatch();
  }

  #received(peer: SessionPeer, cid: CID, data: Uint8Array): void {
    const key = blockKey(cid);
    const pending = this.#pending.get(key);
    peer.settled(key);
    peer.gaveBlock();
    if (pending === undefined) {
      // Nobody waits for it now, but it is a block of this file: some lane is about to come for it.
      this.#kept.add(key, data);
      return;
    }
    this.#end(pending);
    pending.result.resolve({ data, peer: peer.id });
  }

  /** The peer is not asked for that block any more; another one may be. */
  #unask(peer: SessionPeer, key: string): void {
    peer.settled(key);
    this.#pending.get(key)?.peers.delete(peer);
  }

  /** Everything it was asked for has failed, except what somebody else is asked for, too, or can be. */
  #failPeer(peer: SessionPeer, error: TributaryError): void {
    this.#lastError = error;
    const nowMs = this.#clock.nowMs();
    for (const key of [...peer.inFlight.keys()]) {
      const pending = this.#pending.get(key);
      this.#unask(peer, key);
      if (pending === undefined) continue;
      this.#exchange.cancel(peer.id, pending.cid);
      const others = [...this.#peers.values()].some((other) => other !== peer && other.mayHave(pending.cid, nowMs));
      if (pending.peers.size === 0 && !others) this.#fail(pending, error);
    }
  }

  #fail(pending: Pending, error: TributaryError): void {
    this.#end(pending);
    pending.result.reject(error);
  }

  /** Nobody wants it any more. */
  #drop(pending: Pending): void {
    this.#end(pending);
    this.#dispatch();
  }

  #end(pending: Pending): void {
    this.#pending.delete(pending.key);
    for (const peer of pending.peers) {
      if (peer.inFlight.has(pending.key)) this.#exchange.cancel(peer.id, pending.cid);
      peer.settled(pending.key);
    }
    pending.peers.clear();
    if (this.#pending.size > 0) return;
    this.#ticker?.dispose();
    this.#ticker = null;
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    for (const peer of this.#peers.values()) {
      if (!peer.isSilent(nowMs, this.#init.firstByteMs)) continue;
      peer.failed(nowMs);
      this.#failPeer(peer, new TributaryError('first-byte-timeout', { host: peer.id }));
    }
    this.#hedge(nowMs);
    this.#dispatch();
  }

  /** Gives every block that nobody is asked for to the peer that would bring it first. */
  #dispatch(): void {
    const nowMs = this.#clock.nowMs();
    for (const pending of [...this.#pending.values()]) {
      if (pending.peers.size > 0) continue;
      const candidates = [...this.#peers.values()].filter((peer) => peer.mayHave(pending.cid, nowMs));
      const best = fastest(
        candidates.filter((peer) => peer.isReady(nowMs)),
        pending.bytes,
      );
      if (best !== null) this.#ask(best, pending, nowMs);
      else if (candidates.length === 0 && !this.#searching) this.#fail(pending, this.#nobodyLeft());
    }
  }

  /** Why nobody can be asked: what the last of them did, when there were some. */
  #nobodyLeft(): TributaryError {
    return this.#lastError ?? new TributaryError('ipfs-no-provider', { cid: this.#init.root.toString() });
  }

  /** What hangs at one peer while another has nothing to do is asked of that one, too. */
  #hedge(nowMs: number): void {
    for (const pending of this.#pending.values()) {
      const [asked] = pending.peers;
      if (asked === undefined || pending.peers.size > 1) continue;
      const sinceMs = asked.inFlight.get(pending.key)?.sinceMs ?? nowMs;
      if (nowMs - sinceMs < HEDGE_MS) continue;
      const idle = [...this.#peers.values()].filter(
        (peer) => peer !== asked && peer.inFlight.size === 0 && peer.isReady(nowMs) && peer.mayHave(pending.cid, nowMs),
      );
      const best = fastest(idle, pending.bytes);
      if (best !== null) this.#ask(best, pending, nowMs);
    }
  }

  #ask(peer: SessionPeer, pending: Pending, nowMs: number): void {
    peer.asked(pending.key, pending.bytes, nowMs);
    pending.peers.add(peer);
    for (const asker of pending.askers) asker(peer.id);
    this.#exchange.want(peer.id, pending.cid);
  }
}

function fastest(peers: readonly SessionPeer[], bytes: number): SessionPeer | null {
  let best: SessionPeer | null = null;
  for (const peer of peers) if (best === null || peer.secondsFor(bytes) < best.secondsFor(bytes)) best = peer;
  return best;
}
