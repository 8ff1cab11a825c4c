import { Emitter, type Event } from '../../kit/emitter.ts';

/** How long somebody who comes and goes, as clients of the classic form do, counts as connected. */
const PRESENT_MS = 5000;
/** Addresses that are remembered. */
const MAX_PEERS = 256;

export interface PeerTraffic {
  readonly address: string;
  readonly connections: number;
  readonly bytesServed: number;
}

/** Who has taken how much of what. */
export class ShareTraffic {
  readonly #byShare = new Map<string, number>();
  readonly #peers = new Map<string, { bytes: number; lastMs: number }>();
  readonly #changed = new Emitter<void>();
  #totalBytes = 0;

  readonly onDidChange: Event<void> = this.#changed.event;

  get totalBytes(): number {
    return this.#totalBytes;
  }

  bytesOf(shareId: string): number {
    return this.#byShare.get(shareId) ?? 0;
  }

  /** Bytes of files, as they were handed to the connection. */
  served(shareId: string, peer: string, bytes: number): void {
    this.#totalBytes += bytes;
    this.#byShare.set(shareId, this.bytesOf(shareId) + bytes);
    const known = this.#peers.get(peer);
    this.#peers.delete(peer);
    this.#peers.set(peer, { bytes: (known?.bytes ?? 0) + bytes, lastMs: performance.now() });
    const [oldest] = this.#peers.keys();
    if (this.#peers.size > MAX_PEERS && oldest !== undefined) this.#peers.delete(oldest);
    this.#changed.fire();
  }

  /** Those who are there now. @param connections open ones by address */
  peers(connections: ReadonlyMap<string, number>): PeerTraffic[] {
    const nowMs = performance.now();
    const present = [...this.#peers].filter(([, { lastMs }]) => nowMs - lastMs < PRESENT_MS).map(([peer]) => peer);
    return [...new Set([...connections.keys(), ...present])].map((address) => ({
      address,
      connections: connections.get(address) ?? 0,
      bytesServed: this.#peers.get(address)?.bytes ?? 0,
    }));
  }

  forget(shareId: string): void {
    this.#byShare.delete(shareId);
  }
}
