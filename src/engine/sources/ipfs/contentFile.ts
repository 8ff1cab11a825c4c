import type { CID } from 'multiformats/cid';
import { TributaryError, toTributaryError } from '../../../contract/errors.ts';
import { onAbort } from '../../../kit/abort.ts';
import type { Clock } from '../../../kit/clock.ts';
import { deferred } from '../../../kit/deferred.ts';
import { Emitter, type Event } from '../../../kit/emitter.ts';
import { inlineBlock, isBlockOf } from '../../protocols/bitswap/blockCid.ts';
import type { Leaf, LeafList } from '../../protocols/unixfs/leafList.ts';
import { type DagContent, readDag } from '../../protocols/unixfs/readDag.ts';
import type { BlockSession } from './blockSession.ts';
import type { GatewayBlocks } from './gatewayBlocks.ts';
import type { ProviderSearch } from './providerSearch.ts';

/** Blocks that are on this machine already. */
export interface LocalBlocks {
  /** Null: it has to be fetched. Not checked. */
  read(cid: CID): Promise<Uint8Array | null>;
  /** Kept for the next time, as long as there is room. */
  keep(cid: CID, data: Uint8Array): Promise<void>;
}

/** A file that is on this machine already has it all. */
export interface ContentFileComponents {
  readonly local: LocalBlocks;
  readonly session: BlockSession;
  readonly search: ProviderSearch;
  readonly gateways: readonly GatewayBlocks[];
  readonly clock: Clock;
}

export interface ContentFileInit {
  readonly root: CID;
  /** Names that lead from the root to what is wanted. */
  readonly path: readonly string[];
  /** How long peers are waited for before gateways are asked for a block of the tree, too. */
  readonly firstByteMs: number;
}

/** A block of the tree is short; what it would be taken for. */
const INNER_BYTES = 16 * 1024;

/** What a CID stands for, and everybody who can give parts of it; shared by all sources of one task. */
export class ContentFile {
  readonly #components: ContentFileComponents;
  readonly init: ContentFileInit;
  readonly #closing = new AbortController();
  #reading: Promise<DagContent> | null = null;
  #content: DagContent | null = null;
  #started = false;
  #users = 0;
  readonly #closed = new Emitter<void>();

  readonly onDidClose: Event<void> = this.#closed.event;

  constructor(components: ContentFileComponents, init: ContentFileInit) {
    this.#components = components;
    this.init = init;
  }

  get session(): BlockSession {
    return this.#components.session;
  }

  get gateways(): readonly GatewayBlocks[] {
    return this.#components.gateways;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** What `content` resolved with; null when it has not. */
  get known(): DagContent | null {
    return this.#content;
  }

  /** @throws TributaryError `internal` before `content` has resolved, or for a folder */
  get leaves(): LeafList {
    if (this.#content?.kind !== 'file')
      throw new TributaryError('internal', { reason: 'the blocks are not known yet' });
    return this.#content.leaves;
  }

  /** One more source uses it; closed with the last one. */
  use(): void {
    this.#users++;
  }

  async release(): Promise<void> {
    this.#users--;
    if (this.#users > 0) return;
    this.#closing.abort(new TributaryError('engine-lost'));
    this.#components.session.close();
    await this.#components.search.close();
    this.#closed.fire();
  }

  /** The blocks of the file, or the files of the folder; read once. @throws TributaryError; the signal's reason when aborted */
  async content({ signal }: { signal: AbortSignal }): Promise<DagContent> {
    if (this.#content !== null) return this.#content;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    const stopped = deferred<never>();
    stopped.promise.catch(() => {});
    const subscription = onAbort(signal, (reason) => stopped.reject(reason));
    try {
      return await Promise.race([this.#reading, stopped.promise]);
    } finally {
      subscription.dispose();
    }
  }

  /** One block, checked. @throws TributaryError; the signal's reason when aborted */
  async block(cid: CID, { signal }: { signal: AbortSignal }): Promise<Uint8Array> {
    this.#start();
    const link = onAbort(signal, (reason) => this.#closing.abort(reason));
    try {
      return await this.#block(cid);
    } finally {
      link.dispose();
    }
  }

  /** A leaf's block when it is on this machine; null: it has to be fetched. */
  async localLeaf({ cid }: Leaf): Promise<Uint8Array | null> {
    return this.#local(cid);
  }

  async #read(): Promise<DagContent> {
    this.#start();
    const { root, path } = this.init;
    const content = await readDag(root, path, (cid) => this.#block(cid));
    this.#content = content;
    return content;
  }

  #start(): void {
    if (!this.#started) this.#components.search.start();
    this.#started = true;
  }

  async #block(cid: CID): Promise<Uint8Array> {
    const local = await this.#local(cid);
    if (local !== null) return local;
    const fetched = await this.#fetch(cid);
    await this.#components.local.keep(cid, fetched);
    return fetched;
  }

  async #local(cid: CID): Promise<Uint8Array | null> {
    const inline = inlineBlock(cid);
    if (inline !== null) return inline;
    const data = await this.#components.local.read(cid);
    // Somebody may have written to the store, or to the file.
    return data !== null && isBlockOf(cid, data) ? data : null;
  }

  /** From the peers; after a short time, or when there are none, from the gateways, too: whoever is first. */
  async #fetch(cid: CID): Promise<Uint8Array> {
    const { session, gateways, clock } = this.#components;
    const race = new AbortController();
    const link = onAbort(this.#closing.signal, (reason) => race.abort(reason));
    const { signal } = race;
    const fromPeers = session.fetch(cid, { signal, bytes: INNER_BYTES }).then(({ data }) => data);
    const failed = deferred<void>();
    fromPeers.catch(() => failed.resolve());
    const fromGateways = gateways.map(async (gateway) => {
      const patience = clock.sleep(session.hasPeers ? this.init.firstByteMs : 0, { signal });
      patience.catch(() => {});
      await Promise.race([patience, failed.promise]);
      return gateway.get(cid, { signal });
    });
    try {
      return await Promise.any([fromPeers, ...fromGateways]);
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      const reasons = error instanceof AggregateError ? error.errors : [error];
      // The peers' reason is the more telling one, unless there never were any.
      const [peers, gateway] = reasons.map(toTributaryError);
      const known = peers?.code === 'ipfs-no-provider' ? (gateway ?? peers) : peers;
      throw known ?? toTributaryError(error);
    } finally {
      link.dispose();
      race.abort(new Error('somebody was faster'));
    }
  }
}
