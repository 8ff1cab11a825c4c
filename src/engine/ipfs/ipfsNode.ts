/**
 * Everything of IPFS that needs its libraries: a bundle of its own, loaded when the first content-addressed file is
 * downloaded or shared.
 */
import { CID } from 'multiformats/cid';
import { TributaryError } from '../../contract/errors.ts';
import type { IpfsSettings } from '../../contract/settings.ts';
import type { Clock } from '../../kit/clock.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import type { HttpClient } from '../net/httpClient.ts';
import { BitswapWire } from '../net/ipfs/bitswapWire.ts';
import { BlockExchange } from '../net/ipfs/blockExchange.ts';
import { type ConnectedPeer, newIdentity, PeerNode } from '../net/ipfs/peerNode.ts';
import { BlockServer } from '../share/ipfs/blockServer.ts';
import { Provider } from '../share/ipfs/provider.ts';
import { BlockSession } from '../sources/ipfs/blockSession.ts';
import { ContentFile } from '../sources/ipfs/contentFile.ts';
import { GatewayBlocks } from '../sources/ipfs/gatewayBlocks.ts';
import { ProviderSearch } from '../sources/ipfs/providerSearch.ts';
import type { Repository } from './repository.ts';

export { GatewaySource, IpfsSource } from '../sources/ipfs/ipfsSource.ts';
export { VerifiedSource } from '../sources/ipfs/verifiedSource.ts';
export { fetchChunk } from './fetchChunk.ts';
export { Repository } from './repository.ts';

/** A DHT that was just joined knows nothing at first. */
const SEARCH_MS = 8000;

export interface IpfsNodeComponents {
  readonly repository: Repository;
  readonly client: HttpClient;
  readonly clock: Clock;
}

export interface IpfsNodeInit {
  readonly settings: IpfsSettings;
  /** It listens, answers, provides; with the repository's own identity. Else it is a guest with a new one. */
  readonly serves: boolean;
  readonly userAgent: string;
}

export interface WantedContent {
  /** A CID in any form. */
  readonly cid: string;
  readonly path: readonly string[];
  /** Multiaddrs or peer ids, beside those of the settings. */
  readonly peers?: readonly string[];
}

/** A node among peers, with all that is done there: fetching, serving, providing. */
export class IpfsNode {
  readonly #components: IpfsNodeComponents;
  readonly #init: IpfsNodeInit;
  readonly #node: PeerNode;
  readonly #exchange: BlockExchange;
  readonly #server: BlockServer | null;
  readonly #provider: Provider | null;
  readonly #changed = new Emitter<void>();

  /** Peers came or went. */
  readonly onDidChange: Event<void> = this.#changed.event;

  private constructor(
    components: IpfsNodeComponents,
    init: IpfsNodeInit,
    parts: { node: PeerNode; wire: BitswapWire },
  ) {
    this.#components = components;
    this.#init = init;
    const { node } = parts;
    this.#node = node;
    this.#exchange = new BlockExchange(parts);
    const { repository, clock } = components;
    this.#server = init.serves ? new BlockServer({ ...parts, blocks: repository }) : null;
    const roots = (): string[] => repository.sharedFiles.map(({ cid }) => cid);
    this.#provider = init.serves ? new Provider({ node, clock, roots }, init.settings) : null;
    if (init.serves) repository.watch();
    node.onDidConnect(() => this.#changed.fire());
    node.onDidDisconnect(() => this.#changed.fire());
  }

  /** @throws TributaryError `ipfs-unavailable`, `bad-option`, `disk-*` */
  static async start(components: IpfsNodeComponents, init: IpfsNodeInit): Promise<IpfsNode> {
    const { settings, serves } = init;
    const isOpen = settings.network === 'private' && settings.allowedPeers.length === 0;
    if (serves && isOpen && !isLoopback(settings.host))
      throw new TributaryError('bad-option', {
        what: `To listen on ${settings.host}, the peers that may connect have to be named.`,
      });
    const family = settings.host.includes(':') ? 'ip6' : 'ip4';
    const node = await PeerNode.start({
      identity: serves ? await components.repository.identity() : await newIdentity(),
      listen: serves ? [`/${family}/${settings.host}/tcp/${settings.port}`] : [],
      network: settings.network,
      answersDht: serves,
      mdns: settings.mdns,
      bootstrap: settings.bootstrap,
      allowedPeers: settings.allowedPeers,
    });
    const wire = await BitswapWire.open(node);
    return new IpfsNode(components, init, { node, wire });
  }

  get id(): string {
    return this.#node.id;
  }

  get addresses(): readonly string[] {
    return this.#node.addresses;
  }

  get peers(): readonly ConnectedPeer[] {
    return this.#node.peers;
  }

  get sentBytes(): number {
    return this.#server?.sentBytes ?? 0;
  }

  isProvided(cid: string): boolean {
    return this.#provider?.isProvided(cid) ?? false;
  }

  get gateways(): readonly GatewayBlocks[] {
    const { settings, userAgent } = this.#init;
    return settings.gateways.map((url) => new GatewayBlocks(this.#components, { url, userAgent }));
  }

  /** @throws TributaryError `bad-option` */
  openContent({ cid, path, peers = [] }: WantedContent): ContentFile {
    const root = parseCid(cid);
    const { repository, clock } = this.#components;
    const { firstByteMs, searchMs = SEARCH_MS, peers: named } = this.#init.settings;
    const { gateways } = this;
    const session = new BlockSession({ exchange: this.#exchange, clock }, { root, firstByteMs });
    const search = new ProviderSearch(
      { node: this.#node, session, clock },
      // With gateways nobody has to wait for peers.
      { root, peers: [...named, ...peers], patienceMs: gateways.length > 0 ? firstByteMs : searchMs },
    );
    return new ContentFile({ local: repository, session, search, gateways, clock }, { root, path, firstByteMs });
  }

  async close(): Promise<void> {
    this.#exchange.close();
    this.#server?.close();
    await this.#provider?.close();
    if (this.#init.serves) this.#components.repository.dispose();
    await this.#node.close();
  }
}

function isLoopback(host: string): boolean {
  return host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** @throws TributaryError `bad-option` */
function parseCid(text: string): CID {
  try {
    return CID.parse(text);
  } catch (error) {
    throw new TributaryError('bad-option', { what: `"${text}" is not a CID.` }, { cause: error });
  }
}
