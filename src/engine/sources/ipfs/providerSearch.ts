import type { CID } from 'multiformats/cid';
import { onAbort } from '../../../kit/abort.ts';
import type { Clock } from '../../../kit/clock.ts';
import type { PeerNode } from '../../net/ipfs/peerNode.ts';
import type { BlockSession } from './blockSession.ts';

/** A DHT that a node has just joined knows nothing yet: it is asked again for that long before it is believed. */
const PATIENCE_MS = 8000;
const HASTE_MS = 500;
const CALM_MS = 15_000;
/** One question to the DHT. */
const QUERY_MS = 5000;
const MAX_PROVIDERS = 20;

export interface ProviderSearchInit {
  readonly root: CID;
  /** Multiaddrs or peer ids that the user has named. */
  readonly peers: readonly string[];
  /** After so long a block that nobody has is not waited for any more. @default 8000 */
  readonly patienceMs?: number;
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
    const { patienceMs = PATIENCE_MS } = this.#init;
    const begunMs = this.#clock.nowMs();
    while (!signal.aborted) {
      await Promise.race([this.#round(), this.#clock.sleep(patienceMs, { signal })]);
      const isLate = this.#clock.nowMs() - begunMs > patienceMs;
      const found = this.#session.hasPeers;
      if (isLate) this.#session.searching = false;
      await this.#clock.sleep(found || isLate ? CALM_MS / (found ? 1 : 5) : HASTE_MS, { signal });
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
