import type { CID } from 'multiformats/cid';
import { Emitter, type Event } from '../../../kit/emitter.ts';
import { WantList } from '../../protocols/bitswap/wantList.ts';
import type { BitswapWire } from './bitswapWire.ts';
import type { PeerNode } from './peerNode.ts';

/** What happened at a peer that was asked for blocks. */
export type ExchangeEvent =
  | { readonly kind: 'block'; readonly peer: string; readonly cid: CID; readonly data: Uint8Array }
  | { readonly kind: 'missing'; readonly peer: string; readonly cid: CID }
  | { readonly kind: 'bytes'; readonly peer: string; readonly count: number }
  /** It sent something that is no block of anything. */
  | { readonly kind: 'corrupt'; readonly peer: string }
  /** It does not speak Bitswap: a node of the DHT alone, say. */
  | { readonly kind: 'mute'; readonly peer: string }
  /** It cannot be asked any more. */
  | { readonly kind: 'gone'; readonly peer: string };

/** Our side of Bitswap towards all peers: asks, and tells what comes back. Blocks are checked before they are told of. */
export class BlockExchange {
  readonly #node: PeerNode;
  readonly #wire: BitswapWire;
  readonly #lists = new Map<string, WantList>();
  readonly #sending = new Set<string>();
  readonly #events = new Emitter<ExchangeEvent>();
  readonly #closing = new AbortController();

  readonly onDidHappen: Event<ExchangeEvent> = this.#events.event;

  constructor(components: { node: PeerNode; wire: BitswapWire }) {
    this.#node = components.node;
    this.#wire = components.wire;
    components.wire.onDidReceive(({ peer, message }) => {
      for (const answer of this.#lists.get(peer)?.receive(message) ?? []) {
        if (answer.kind === 'corrupt') this.#events.fire({ kind: 'corrupt', peer });
        else if (answer.kind === 'missing') this.#events.fire({ kind: 'missing', peer, cid: answer.cid });
        else this.#events.fire({ kind: 'block', peer, cid: answer.cid, data: answer.data });
      }
    });
    components.wire.onDidReceiveBytes(({ peer, count }) => this.#events.fire({ kind: 'bytes', peer, count }));
    components.wire.onDidReceiveNonsense((peer) => {
      if (this.#lists.has(peer)) this.#events.fire({ kind: 'corrupt', peer });
    });
    components.node.onDidDisconnect((peer) => {
      if (this.#node.isConnected(peer)) return;
      if (this.#lists.delete(peer)) this.#events.fire({ kind: 'gone', peer });
    });
  }

  want(peer: string, cid: CID): void {
    let list = this.#lists.get(peer);
    if (list === undefined) {
      list = new WantList();
      this.#lists.set(peer, list);
    }
    list.want(cid);
    this.#flush(peer, list);
  }

  cancel(peer: string, cid: CID): void {
    const list = this.#lists.get(peer);
    list?.cancel(cid);
    if (list !== undefined) this.#flush(peer, list);
  }

  close(): void {
    this.#closing.abort(new Error('the exchange was closed'));
  }

  /** What is asked for in the same moment goes in one message. */
  #flush(peer: string, list: WantList): void {
    if (this.#sending.has(peer)) return;
    this.#sending.add(peer);
    queueMicrotask(() => {
      this.#sendAll(peer, list)
        .catch((error: unknown) => {
          const isMute = error instanceof Error && error.name === 'UnsupportedProtocolError';
          // One that has gone and is back has another list.
          if (this.#lists.get(peer) !== list) return;
          this.#lists.delete(peer);
          this.#events.fire({ kind: isMute ? 'mute' : 'gone', peer });
        })
        .finally(() => {
          this.#sending.delete(peer);
          const latest = this.#lists.get(peer);
          if (latest?.hasPending === true) this.#flush(peer, latest);
        });
    });
  }

  async #sendAll(peer: string, list: WantList): Promise<void> {
    for (let message = list.takeMessage(); message !== null; message = list.takeMessage()) {
      await this.#wire.send(peer, message, this.#closing);
    }
  }
}
