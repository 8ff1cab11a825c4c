import { TributaryError, toTributaryError } from '../../contract/errors.ts';
import type { OfferedFile, SeedPeerSnapshot, SeedSettings, SeedsSnapshot } from '../../contract/seedApi.ts';
import { DEFAULT_SEED_SETTINGS } from '../../contract/seedApi.ts';
import { DEFAULT_NETWORK } from '../../contract/settings.ts';
import { sleep } from '../../kit/abort.ts';
import { withDeadline } from '../../kit/withDeadline.ts';
import { isLoopback } from '../intake/loopback.ts';
import { type SeedEndpoint, seedNumberOf, seedTargetOf, seedUrl } from '../intake/seedAddress.ts';
import { HttpClient } from '../net/httpClient.ts';
import { agreeOnFile, digestsFirst } from '../protocols/seed/agreeOnFile.ts';
import { mergeFiles } from '../protocols/seed/mergeFiles.ts';
import { type SeedOffer, SeedPeer } from '../sources/seed/seedPeer.ts';
import { SeedSource } from '../sources/seed/seedSource.ts';

export interface SeedSearchComponents {
  /** One's own seed, which is not asked; null: there is none. */
  readonly own: () => SeedEndpoint | null;
  readonly log: (level: 'info' | 'warn', message: string) => void;
}

/** What a seed says of one file. */
interface Claim {
  readonly peer: SeedPeer;
  readonly sizeBytes: number;
  readonly sha256: string | null;
  /** One of the classic form will never tell a digest. */
  readonly form: SeedOffer['form'];
}

/** The seeds of the settings: all of them are this machine's. */
const SEED_HOST = '127.0.0.1';
/** A seed near by answers in milliseconds; one that takes longer is not waited for when others have the file. */
const CLAIM_MS = 3000;
/** For the sizes of everything that a classic seed lists, each by a connection of its own. */
const SIZES_MS = 5000;
/** The rest of its names are counted only. */
const MAX_LISTED = 2000;
/** Seeds that compute their digests get so long before it is decided without them. */
const DIGEST_PAUSES_MS = [100, 200, 400, 600];
const TIMEOUTS = { connectMs: 3000, firstByteMs: 15_000, idleMs: 30_000 };

/** Finds out who offers what, and opens sources for that. */
export class SeedSearch {
  readonly #components: SeedSearchComponents;
  readonly #userAgent: string;
  /** Seeds are near: no proxy stands between. */
  readonly #client = new HttpClient({ env: {} }, { timeouts: TIMEOUTS });
  readonly #peers = new Map<string, SeedPeer>();
  readonly #closing = new AbortController();
  #settings: SeedSettings = DEFAULT_SEED_SETTINGS;

  constructor(components: SeedSearchComponents, init: { version: string }) {
    this.#components = components;
    this.#userAgent = `Tributary/${init.version}`;
    this.#client.configure({ ...DEFAULT_NETWORK, proxySupport: 'off' });
  }

  configure(settings: SeedSettings): void {
    this.#settings = settings;
    for (const peer of this.#peers.values()) peer.connections = settings.connectionsPerSeed;
  }

  /** Asks every port once. */
  async find(): Promise<SeedsSnapshot> {
    const looks = await Promise.all(this.#configured().map((peer) => this.#lookAt(peer)));
    const peers = looks.filter((look) => look !== null);
    const offers = peers.map(({ port, files }) => ({ seed: String(port), files }));
    const files = mergeFiles(offers).map(({ seeds, ...file }) => ({
      ...file,
      addresses: seeds.map((port) => seedUrl({ hostname: SEED_HOST, port: Number(port) }, file.name)),
    }));
    return { peers, files };
  }

  /**
   * The sources that a seed's address stands for; those that have another file than most come last.
   * @param address of kind `seed`
   * @param options.begunBytes size of the file of which a part is there already
   * @throws TributaryError `no-seed`; the signal's reason when aborted
   */
  async open(
    address: { readonly url: string; readonly authorization: string | null },
    options: { signal: AbortSignal; begunBytes?: number | null },
  ): Promise<SeedSource[]> {
    const { endpoint, name } = seedTargetOf(address.url);
    if (endpoint !== null) return [this.#source(this.#peerAt(endpoint, address.authorization), name, null)];
    const claims = await this.#withDigests(await this.#claimsOf(name, options), name, options);
    const agreed = agreeOnFile(claims, options.begunBytes);
    const others = claims.filter((claim) => !agreed.includes(claim));
    return [
      ...digestsFirst(agreed).map(({ peer }) => this.#source(peer, name, null)),
      ...others.map(({ peer, sizeBytes }) => {
        const what = sizeBytes === agreed[0]?.sizeBytes ? 'digest' : 'size';
        const reason = `its file has another ${what}`;
        return this.#source(peer, name, new TributaryError('mirror-unfit', { host: peer.host, reason }));
      }),
    ];
  }

  /** Whether somebody offers what the address means. Never rejects. */
  async isOffered(address: { readonly url: string; readonly authorization: string | null }): Promise<boolean> {
    const { endpoint, name } = seedTargetOf(address.url);
    try {
      if (endpoint === null) return (await this.#claimsOf(name, this.#closing)).length > 0;
      await this.#claimOf(this.#peerAt(endpoint, address.authorization), name, this.#closing);
      return true;
    } catch {
      return false;
    }
  }

  /** The seed that an address means first; null when none is there now. */
  async firstSeed(url: string, options: { signal: AbortSignal }): Promise<SeedEndpoint | null> {
    const { endpoint, name } = seedTargetOf(url);
    if (endpoint !== null) return endpoint;
    const claims = await this.#claimsOf(name, options).catch(() => []);
    return agreeOnFile(claims)[0]?.peer.endpoint ?? null;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the seeds are no longer asked'));
    for (const peer of this.#peers.values()) peer.close();
    this.#client.close();
  }

  #source(peer: SeedPeer, name: string, outvoted: TributaryError | null): SeedSource {
    return new SeedSource({ peer, client: this.#client }, { name, userAgent: this.#userAgent, outvoted });
  }

  #configured(): SeedPeer[] {
    const own = this.#components.own();
    const ownPort = own !== null && (isLoopback(own.hostname) || own.hostname === '0.0.0.0') ? own.port : null;
    const ports = [...new Set(this.#settings.ports)].filter((port) => port !== ownPort);
    return ports.map((port) => this.#peerAt({ hostname: SEED_HOST, port }, null));
  }

  #peerAt(endpoint: SeedEndpoint, authorization: string | null): SeedPeer {
    const key = `${seedUrl(endpoint, null)} ${authorization ?? ''}`;
    const known = this.#peers.get(key);
    if (known !== undefined) return known;
    const { connectionsPerSeed: connections } = this.#settings;
    const init = { endpoint, authorization, connections, userAgent: this.#userAgent };
    const peer = new SeedPeer({ client: this.#client }, init);
    this.#peers.set(key, peer);
    return peer;
  }

  /** @throws TributaryError `no-seed` with what each of them said */
  async #claimsOf(name: string, options: { signal: AbortSignal }): Promise<Claim[]> {
    const reasons: string[] = [];
    const unused: number[] = [];
    const asked = this.#configured().map(async (peer) => {
      try {
        return await this.#claimOf(peer, name, options);
      } catch (caught) {
        options.signal.throwIfAborted();
        const error = toTributaryError(caught);
        // Whatever else listens on such a port is none of our business.
        if (error.code === 'connection-refused') unused.push(peer.endpoint.port);
        else if (error.code !== 'not-a-seed') reasons.push(error.message.replace(/\.$/, ''));
        return null;
      }
    });
    const claims = (await Promise.all(asked)).filter((claim) => claim !== null);
    if (claims.length > 0) return claims;
    if (unused.length > 0) reasons.push(`nobody listens on ${unused.sort((a, b) => a - b).join(', ')}`);
    const reason = reasons.join('; ') || 'no seed was found';
    throw new TributaryError('no-seed', { name, reason });
  }

  /** Seeds that could be of one file, if only their digests were known, are asked again for a moment. */
  async #withDigests(first: readonly Claim[], name: string, options: { signal: AbortSignal }): Promise<Claim[]> {
    let claims = [...first];
    for (const ms of DIGEST_PAUSES_MS) {
      const open = claims.filter((claim) => isOpen(claim, claims));
      if (open.length === 0) break;
      await sleep(ms, options);
      const again = claims.map((claim) =>
        open.includes(claim)
          ? this.#claimOf(claim.peer, name, { ...options, believedMs: ms / 2 }).catch(() => claim)
          : claim,
      );
      claims = await Promise.all(again);
      options.signal.throwIfAborted();
    }
    return claims;
  }

  #claimOf(peer: SeedPeer, name: string, options: { signal: AbortSignal; believedMs?: number }): Promise<Claim> {
    const deadline = { ms: CLAIM_MS, error: new TributaryError('first-byte-timeout', { host: peer.host }) };
    return withDeadline(deadline, options, async (within) => {
      const offer = await peer.offer({ ...options, ...within });
      const absent = new TributaryError('seed-without-file', { host: peer.host, name });
      if (offer.form === 'fast') {
        const file = offer.files.find((candidate) => candidate.name === name);
        if (file === undefined) throw absent;
        return { peer, sizeBytes: file.sizeBytes, sha256: file.sha256, form: 'fast' };
      }
      if (!offer.names.includes(name)) throw absent;
      return { peer, sizeBytes: await peer.classic.size(name, within), sha256: null, form: 'classic' };
    });
  }

  /** Null: it is no seed. */
  async #lookAt(peer: SeedPeer): Promise<SeedPeerSnapshot | null> {
    const { port } = peer.endpoint;
    const facts = { address: peer.host, port, seedNumber: seedNumberOf(port) };
    try {
      const offer = await peer.offer(this.#closing);
      const { files, error } = await this.#filesOf(peer, offer);
      const unlisted = offer.form === 'fast' ? 0 : Math.max(0, offer.names.length - MAX_LISTED);
      return { ...facts, state: 'up', known: true, form: offer.form, files, unlisted, error: error?.toInfo() ?? null };
    } catch (caught) {
      const error = toTributaryError(caught);
      const silent = error.code === 'not-a-seed' || (!peer.known && error.code !== 'connection-refused');
      if (silent) return null;
      return { ...facts, state: 'down', known: peer.known, form: null, files: [], unlisted: 0, error: error.toInfo() };
    }
  }

  /** A classic seed tells names only: each size is a question of its own. */
  async #filesOf(
    peer: SeedPeer,
    offer: SeedOffer,
  ): Promise<{ files: readonly OfferedFile[]; error: TributaryError | null }> {
    if (offer.form === 'fast') return { files: offer.files, error: null };
    const deadline = { ms: SIZES_MS, error: new TributaryError('first-byte-timeout', { host: peer.host }) };
    let error: TributaryError | null = null;
    const files = await withDeadline(deadline, this.#closing, async (within) => {
      const sizes = offer.names.slice(0, MAX_LISTED).map(async (name): Promise<OfferedFile | null> => {
        try {
          return { name, sizeBytes: await peer.classic.size(name, within), sha256: null };
        } catch (caught) {
          error ??= toTributaryError(caught);
          return null;
        }
      });
      return Promise.all(sizes);
    });
    return { files: files.filter((file) => file !== null), error };
  }
}

/** A seed of the fast form without a digest, which has to be told from another one. */
function isOpen(claim: Claim, claims: readonly Claim[]): boolean {
  const isFast = ({ form, sizeBytes }: Claim): boolean => form === 'fast' && sizeBytes === claim.sizeBytes;
  return isFast(claim) && claim.sha256 === null && claims.filter(isFast).length > 1;
}
