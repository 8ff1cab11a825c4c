import { CID } from 'multiformats/cid';
import type { Clock } from '../../../kit/clock.ts';
import type { PeerNode } from '../../net/ipfs/peerNode.ts';

const TICK_MS = 500;
/** After somebody has connected: identify has to end before the DHT takes anything. */
const SETTLE_MS = 700;
/** The DHT forgets after 48 hours; a swarm of a few machines forgets with each of them that is restarted. */
const PRIVATE_AGAIN_MS = 10 * 60 * 1000;
const PUBLIC_AGAIN_MS = 12 * 60 * 60 * 1000;
const PROVIDE_MS = 20_000;

/** Tells the DHT what is offered here, and goes on telling it. */
export class Provider {
  readonly #node: PeerNode;
  readonly #clock: Clock;
  readonly #roots: () => readonly string[];
  readonly #againMs: number;
  readonly #stop = new AbortController();
  /** By CID: when it was provided. */
  readonly #provided = new Map<string, number>();
  /** Since then there is somebody new who could be told. */
  #newPeersMs: number | null = null;
  readonly #ended: Promise<void>;

  constructor(
    components: { node: PeerNode; clock: Clock; roots: () => readonly string[] },
    init: { network: 'private' | 'public' },
  ) {
    this.#node = components.node;
    this.#clock = components.clock;
    this.#roots = components.roots;
    this.#againMs = init.network === 'public' ? PUBLIC_AGAIN_MS : PRIVATE_AGAIN_MS;
    components.node.onDidConnect(() => {
      this.#newPeersMs = this.#clock.nowMs();
    });
    this.#ended = this.#run().catch(() => {});
  }

  isProvided(root: string): boolean {
    return this.#provided.has(root);
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('nothing is provided any more'));
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      await this.#clock.sleep(TICK_MS, { signal });
      const nowMs = this.#clock.nowMs();
      if (this.#newPeersMs !== null && nowMs - this.#newPeersMs >= SETTLE_MS) {
        this.#newPeersMs = null;
        // Whoever came may be the one that others ask.
        this.#provided.clear();
      }
      if (this.#newPeersMs !== null || this.#node.peers.length === 0) continue;
      for (const root of this.#roots()) {
        const atMs = this.#provided.get(root);
        if (atMs === undefined || nowMs - atMs > this.#againMs) await this.#provide(root);
      }
    }
  }

  async #provide(root: string): Promise<void> {
    const { signal } = this.#stop;
    try {
      await this.#node.provide(CID.parse(root), { signal: AbortSignal.any([signal, AbortSignal.timeout(PROVIDE_MS)]) });
      this.#provided.set(root, this.#clock.nowMs());
    } catch {
      signal.throwIfAborted();
      // It comes round again.
    }
  }
}
