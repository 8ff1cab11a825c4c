import type { Stream } from '@libp2p/interface';
import { Emitter, type Event } from '../../../kit/emitter.ts';
import { Turns } from '../../../kit/turns.ts';
import { type BitswapMessage, decodeMessage, encodeMessage } from '../../protocols/bitswap/bitswapMessage.ts';
import { MessageFramer } from '../../protocols/bitswap/messageFramer.ts';
import type { PeerNode } from './peerNode.ts';

export const BITSWAP = '/ipfs/bitswap/1.2.0';

const OPEN_MS = 5000;
/** A peer that takes nothing for so long is given up. */
const DRAIN_MS = 30_000;

export interface PeerMessage {
  readonly peer: string;
  readonly message: BitswapMessage;
}

/** Carries Bitswap messages: one stream for each direction and peer, kept open for many messages. */
export class BitswapWire {
  readonly #node: PeerNode;
  readonly #outbound = new Map<string, Stream>();
  /** Messages to one peer go one after the other. */
  readonly #turns = new Turns();
  readonly #messages = new Emitter<PeerMessage>();
  readonly #bytes = new Emitter<{ readonly peer: string; readonly count: number }>();
  readonly #nonsense = new Emitter<string>();

  readonly onDidReceive: Event<PeerMessage> = this.#messages.event;
  /** Long before a message is complete: a sign of life. */
  readonly onDidReceiveBytes: Event<{ readonly peer: string; readonly count: number }> = this.#bytes.event;
  /** A peer sent what is no message. */
  readonly onDidReceiveNonsense: Event<string> = this.#nonsense.event;

  private constructor(node: PeerNode) {
    this.#node = node;
    node.onDidDisconnect((peer) => this.#forget(peer));
  }

  static async open(node: PeerNode): Promise<BitswapWire> {
    const wire = new BitswapWire(node);
    await node.handle(BITSWAP, (stream, peer) => wire.#read(stream, peer));
    return wire;
  }

  /**
   * Resolves when the message is on its way and the next one may follow.
   * @throws Error of the library when the peer is gone, does not speak Bitswap, or takes nothing any more
   */
  send(peer: string, message: BitswapMessage, options: { signal: AbortSignal }): Promise<void> {
    return this.#turns.take(() => this.#send(peer, message, options), peer);
  }

  async #send(peer: string, message: BitswapMessage, { signal }: { signal: AbortSignal }): Promise<void> {
    const stream = await this.#streamTo(peer, { signal });
    try {
      for (const piece of encodeMessage(message)) {
        if (!stream.send(piece))
          await stream.onDrain({ signal: AbortSignal.any([signal, AbortSignal.timeout(DRAIN_MS)]) });
      }
    } catch (error) {
      // Half a message is on it: nothing can follow.
      stream.abort(error instanceof Error ? error : new Error(String(error)));
      this.#forget(peer);
      throw error;
    }
  }

  async #streamTo(peer: string, { signal }: { signal: AbortSignal }): Promise<Stream> {
    const open = this.#outbound.get(peer);
    if (open?.status === 'open' && open.writeStatus === 'writable') return open;
    const stream = await this.#node.openStream(peer, BITSWAP, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(OPEN_MS)]),
    });
    this.#outbound.set(peer, stream);
    // Answers come on a stream of the peer's own, but some send them back on this one.
    this.#read(stream, peer);
    return stream;
  }

  #read(stream: Stream, peer: string): void {
    const framer = new MessageFramer();
    stream.addEventListener('message', ({ data }) => {
      try {
        for (const chunk of data instanceof Uint8Array ? [data] : data) {
          this.#bytes.fire({ peer, count: chunk.length });
          for (const bytes of framer.push(chunk)) this.#messages.fire({ peer, message: decodeMessage(bytes) });
        }
      } catch (error) {
        stream.abort(error instanceof Error ? error : new Error(String(error)));
        this.#nonsense.fire(peer);
      }
    });
    // The peer has said all it has to say on it; our own side of it was never used.
    stream.addEventListener('remoteCloseWrite', () => {
      if (stream.direction === 'inbound') stream.close().catch(() => {});
    });
  }

  #forget(peer: string): void {
    this.#outbound.delete(peer);
  }
}
