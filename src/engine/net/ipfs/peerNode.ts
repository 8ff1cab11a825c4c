import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import type { Connection, PeerId, Stream } from '@libp2p/interface';
import { kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht';
import { mdns } from '@libp2p/mdns';
import { noise } from '@libp2p/noise';
import { peerIdFromString } from '@libp2p/peer-id';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { createLibp2p, type Libp2p } from 'libp2p';
import type { CID } from 'multiformats/cid';
import { TributaryError } from '../../../contract/errors.ts';
import { Emitter, type Event } from '../../../kit/emitter.ts';
import { DialGate } from './dialGate.ts';

/** A swarm of its own: nobody outside of it is asked or answered. */
const PRIVATE_DHT = '/tributary/kad/1.0.0';
const PUBLIC_DHT = '/ipfs/kad/1.0.0';
/** Where the public network begins, when the user has named no other places (https://docs.ipfs.tech/concepts/nodes/#bootstrap). */
const PUBLIC_BOOTSTRAP = [
  '/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN',
  '/dnsaddr/bootstrap.libp2p.io/p2p/QmbLHAnMoJPWSCR5Zhtx6BHJX9KiKNN6tpvbUcqanj75Nb',
];
const MAX_CONNECTIONS = 50;
/** A second; five, the usual number, is what one window with a few downloads needs alone. */
const INBOUND_CONNECTIONS = 50;
/** Found by mDNS. */
const MAX_NEIGHBOURS = 20;
const MAX_STREAMS = 64;
const DIAL_MS = 5000;
/** A bootstrap node that is away is looked for again after that. */
const BOOTSTRAP_MS = 10_000;
const WINDOW_BYTES = 4 * 1024 * 1024;

export interface PeerNodeInit {
  /** As `newIdentity` makes it. */
  readonly identity: Uint8Array;
  /** Multiaddrs; none: nobody can reach this node. */
  readonly listen: readonly string[];
  readonly network: 'private' | 'public';
  /** It answers the questions of others in the DHT, too. */
  readonly answersDht: boolean;
  readonly mdns: boolean;
  /** Multiaddrs with a peer id. */
  readonly bootstrap: readonly string[];
  /** Peer ids; none: everybody who finds the way. */
  readonly allowedPeers: readonly string[];
}

export interface FoundPeer {
  readonly id: PeerId;
  readonly addresses: readonly Multiaddr[];
}

export interface ConnectedPeer {
  readonly id: string;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
}

export type StreamHandler = (stream: Stream, peerId: string) => void;

/** A new key by which a node is recognised, to be kept. */
export async function newIdentity(): Promise<Uint8Array> {
  return privateKeyToProtobuf(await generateKeyPair('Ed25519'));
}

/** Our place among the peers: who we are connected with, and what the DHT knows. */
export class PeerNode {
  readonly #libp2p: Libp2p;
  readonly #gate: DialGate;
  readonly #bootstrap: readonly Multiaddr[];
  readonly #connected = new Emitter<string>();
  readonly #disconnected = new Emitter<string>();
  readonly #stop = new AbortController();
  #bootstrapTimer: NodeJS.Timeout | undefined;

  readonly onDidConnect: Event<string> = this.#connected.event;
  readonly onDidDisconnect: Event<string> = this.#disconnected.event;

  private constructor(libp2p: Libp2p, gate: DialGate, bootstrap: readonly Multiaddr[]) {
    this.#libp2p = libp2p;
    this.#gate = gate;
    this.#bootstrap = bootstrap;
    libp2p.addEventListener('peer:connect', ({ detail }) => this.#connected.fire(detail.toString()));
    libp2p.addEventListener('peer:disconnect', ({ detail }) => this.#disconnected.fire(detail.toString()));
  }

  /** @throws TributaryError `bad-option` (an address that is none), `ipfs-unavailable` (it cannot listen) */
  static async start(init: PeerNodeInit): Promise<PeerNode> {
    const isPublic = init.network === 'public';
    const given = init.bootstrap.length === 0 && isPublic ? PUBLIC_BOOTSTRAP : init.bootstrap;
    const bootstrap = given.map(parseMultiaddr);
    const gate = new DialGate(init);
    for (const address of bootstrap) gate.allow(address);
    const allowed = init.allowedPeers.length === 0 ? null : new Set(init.allowedPeers);
    const refusesPeer = (peer: PeerId): boolean => allowed !== null && !allowed.has(peer.toString());
    try {
      const libp2p = await createLibp2p({
        privateKey: privateKeyFromProtobuf(init.identity),
        addresses: { listen: [...init.listen] },
        transports: [tcp()],
        connectionEncrypters: [noise()],
        streamMuxers: [
          yamux({ streamOptions: { initialStreamWindowSize: WINDOW_BYTES, maxStreamWindowSize: WINDOW_BYTES } }),
        ],
        peerDiscovery: init.mdns ? [mdns({ serviceTag: isPublic ? '_p2p._udp.local' : '_tributary._udp.local' })] : [],
        connectionManager: { maxConnections: MAX_CONNECTIONS, inboundConnectionThreshold: INBOUND_CONNECTIONS },
        connectionGater: {
          denyDialMultiaddr: (address) => gate.refuses(address),
          denyOutboundEncryptedConnection: (peer) => refusesPeer(peer),
          denyInboundEncryptedConnection: (peer) => refusesPeer(peer),
        },
        services: {
          identify: identify(),
          ping: ping(),
          dht: kadDHT({
            protocol: isPublic ? PUBLIC_DHT : PRIVATE_DHT,
            clientMode: !init.answersDht,
            // The usual mapper drops the addresses that a private network consists of.
            peerInfoMapper: isPublic ? removePrivateAddressesMapper : passthroughMapper,
            allowQueryWithZeroPeers: true,
          }),
        },
      });
      const node = new PeerNode(libp2p, gate, bootstrap);
      node.#join();
      if (init.mdns) node.#meetNeighbours();
      return node;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new TributaryError('ipfs-unavailable', { reason }, { cause: error });
    }
  }

  get id(): string {
    return this.#libp2p.peerId.toString();
  }

  /** Multiaddrs under which this node can be reached, its id included. */
  get addresses(): readonly string[] {
    return this.#libp2p.getMultiaddrs().map((address) => address.toString());
  }

  get peers(): readonly ConnectedPeer[] {
    return this.#libp2p.getConnections().map(({ remotePeer, remoteAddr, direction }) => ({
      id: remotePeer.toString(),
      address: remoteAddr.toString(),
      direction,
    }));
  }

  isConnected(peerId: string): boolean {
    return this.#connectionTo(peerId) !== undefined;
  }

  /**
   * Connects to an address that the user has given, or to a peer that is known already.
   * @param peer multiaddr or peer id
   * @returns the peer's id
   * @throws TributaryError `bad-option`, `peer-unreachable`; the signal's reason when aborted
   */
  async connect(peer: string, options: { signal: AbortSignal }): Promise<string> {
    if (!peer.startsWith('/')) return this.#dial(parsePeerId(peer), options);
    const address = parseMultiaddr(peer);
    this.#gate.allow(address);
    return this.#dial(address, options);
  }

  /** Connects to a peer that was found. @throws TributaryError `peer-unreachable`; the signal's reason when aborted */
  async connectFound({ id, addresses }: FoundPeer, options: { signal: AbortSignal }): Promise<string> {
    if (this.isConnected(id.toString()) || addresses.length === 0) return this.#dial(id, options);
    await this.#libp2p.peerStore.merge(id, { multiaddrs: [...addresses] });
    return this.#dial(id, options);
  }

  /** Who has said that they have it. Ends when the DHT knows no more; never throws. */
  async *findProviders(cid: CID, options: { signal: AbortSignal }): AsyncGenerator<FoundPeer> {
    try {
      for await (const { id, multiaddrs } of this.#libp2p.contentRouting.findProviders(cid, options)) {
        if (id.toString() !== this.id) yield { id, addresses: multiaddrs };
      }
    } catch {
      // A DHT without a single other peer says so by throwing.
    }
  }

  /** Tells the DHT that we have it. @throws Error of the library */
  async provide(cid: CID, options: { signal: AbortSignal }): Promise<void> {
    await this.#libp2p.contentRouting.provide(cid, options);
  }

  async handle(protocol: string, handler: StreamHandler): Promise<void> {
    await this.#libp2p.handle(protocol, (stream, connection) => handler(stream, connection.remotePeer.toString()), {
      maxInboundStreams: MAX_STREAMS,
      maxOutboundStreams: MAX_STREAMS,
    });
  }

  /** @throws Error of the library when the peer is gone or does not speak the protocol */
  async openStream(peerId: string, protocol: string, options: { signal: AbortSignal }): Promise<Stream> {
    const connection = this.#connectionTo(peerId);
    if (connection === undefined) throw new TributaryError('peer-unreachable', { peer: peerId });
    return connection.newStream(protocol, { ...options, maxOutboundStreams: MAX_STREAMS });
  }

  async close(): Promise<void> {
    this.#stop.abort(new TributaryError('engine-lost'));
    clearInterval(this.#bootstrapTimer);
    await this.#libp2p.stop();
  }

  #connectionTo(peerId: string): Connection | undefined {
    return this.#libp2p
      .getConnections()
      .find(({ remotePeer, status }) => status === 'open' && remotePeer.toString() === peerId);
  }

  async #dial(to: PeerId | Multiaddr, { signal }: { signal: AbortSignal }): Promise<string> {
    try {
      const dialling = AbortSignal.any([signal, this.#stop.signal, AbortSignal.timeout(DIAL_MS)]);
      const connection = await this.#libp2p.dial(to, { signal: dialling });
      return connection.remotePeer.toString();
    } catch (error) {
      signal.throwIfAborted();
      throw new TributaryError('peer-unreachable', { peer: to.toString() }, { cause: error });
    }
  }

  /** Those in the local network are found but not dialled by the library; somebody who has no bootstrap node has only them. */
  #meetNeighbours(): void {
    this.#libp2p.addEventListener('peer:discovery', ({ detail: { id, multiaddrs } }) => {
      if (this.#libp2p.getConnections().length >= MAX_NEIGHBOURS || this.isConnected(id.toString())) return;
      this.connectFound({ id, addresses: multiaddrs }, this.#stop).catch(() => {});
    });
  }

  #join(): void {
    if (this.#bootstrap.length === 0) return;
    const dialAll = (): void => {
      for (const address of this.#bootstrap) this.#dial(address, this.#stop).catch(() => {});
    };
    dialAll();
    this.#bootstrapTimer = setInterval(() => {
      if (this.#libp2p.getConnections().length === 0) dialAll();
    }, BOOTSTRAP_MS);
    this.#bootstrapTimer.unref();
  }
}

/** @throws TributaryError `bad-option` */
function parseMultiaddr(text: string): Multiaddr {
  try {
    return multiaddr(text);
  } catch (error) {
    throw new TributaryError(
      'bad-option',
      { what: `"${text}" is not a multiaddr, such as /ip4/127.0.0.1/tcp/4001/p2p/12D3Koo….` },
      { cause: error },
    );
  }
}

function parsePeerId(text: string): PeerId {
  try {
    return peerIdFromString(text);
  } catch (error) {
    throw new TributaryError(
      'bad-option',
      { what: `"${text}" is neither a multiaddr nor a peer id.` },
      { cause: error },
    );
  }
}
