import type { CID } from 'multiformats/cid';
import { onAbort } from '../../../kit/abort.ts';
import type { Clock } from '../../../kit/clock.ts';
import type { PeerNode } from '../../net/ipfs/peerNode.ts';
import type { BlockSession } from './blockSession.ts';

const HASTE_MS = 500;
const WORRIED_MS = 5000;
const CALM_MS = 20_000;
const TICK_MS = 100;
/** One question to the DHT. */
const QUERY_MS = 5000;
const MAX_PROVIDERS = 20;

export interface ProviderSearchInit {
  readonly root: CID;
  /** Multiaddrs or peer ids that the user has named. */
  readonly peers: readonly string[];
  /** After so long a block that nobody has is not waited for any more: a DHT that was just joined knows nothing at first. */
  readonly patienceMs: number;
}

/** Finds peers that have a file, and goes on as long as the session is used: peers come and go. */
export class ProviderSearch {
  readonly #node: PeerNode;
  readonly #session: BlockSession;
  readonly #clock: Clock;
  readonly #init: ProviderSearchInit;
  readonly #stop = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  constructor(components: { node: PeerNode; session: BlockSession; clock: Clock }, init: ProviderSearchInit) {
    this.#node = components.node;
    this.#session = components.session;
    this.#clock = components.clock;
    this.#init = init;
  }

  start(): void {
    // Those we are connected with are asked as well: a DONT_HAVE costs nothing.
    const subscription = this.#node.onDidConnect((peer) => this.#session.addPeer(peer));
    onAbort(this.#stop.signal, () => subscription.dispose());
    for (const { id } of this.#node.peers) this.#session.addPeer(id);
    this.#ended = this.#run().catch(() => {});
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the search is over'));
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { patienceMs } = this.#init;
    const begunMs = this.#clock.nowMs();
    let lookedMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      const nowMs = this.#clock.nowMs();
      const isLate = nowMs - begunMs >= patienceMs;
      if (isLate) this.#session.searching = false;
      const pauseMs = !this.#session.needsPeers ? CALM_MS : isLate ? WORRIED_MS : HASTE_MS;
      if (nowMs - lookedMs >= pauseMs) {
        lookedMs = nowMs;
        const leftMs = isLate ? QUERY_MS : begunMs + patienceMs - nowMs;
        await Promise.race([this.#round(), this.#clock.sleep(leftMs, { signal })]);
      }
      await this.#clock.sleep(TICK_MS, { signal });
    }
  }

  async #round(): Promise<void> {
    const { signal } = this.#stop;
    const named = this.#init.peers.map((peer) => this.#node.connect(peer, { signal }).catch(() => null));
    const query = { signal: AbortSignal.any([signal, AbortSignal.timeout(QUERY_MS)]) };
    const join = async (connecting: Promise<string | null>): Promise<void> => {
      const id = await connecting;
      if (id !== null && !signal.aborted) this.#session.addPeer(id);
    };
    const joins = named.map(join);
    for await (const provider of this.#node.findProviders(this.#init.root, query)) {
      joins.push(join(this.#node.connectFound(provider, { signal }).catch(() => null)));
      if (joins.length >= MAX_PROVIDERS) break;
    }
    await Promise.all(joins);
  }
}
