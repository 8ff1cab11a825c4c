import type { ByteSink } from '../../../kit/byteSink.ts';
import type { Leaf } from '../../protocols/unixfs/leafList.ts';
import type { ByteRange, Lane, ReadEnd, ReadOptions, Source, SourceDescription } from '../source.ts';
import { describeContent } from './contentDescription.ts';
import type { ContentFile } from './contentFile.ts';
import type { GatewayBlocks } from './gatewayBlocks.ts';
import { readLeaves } from './leafReader.ts';

export interface IpfsSourceInit {
  readonly key: string;
  readonly address: string;
  /** Of the file; safe. */
  readonly name: string;
}

/** Gives the block of a leaf, checked, and tells who was asked for it. */
type FetchLeaf = (leaf: Leaf, options: { signal: AbortSignal; onAsked: (peer: string) => void }) => Promise<Uint8Array>;

/** A CID as a source: all its peers together, and what is on this machine already. */
export class IpfsSource implements Source {
  readonly kind = 'ipfs';
  readonly key: string;
  readonly address: string;
  readonly peer: string;
  readonly asksForBlocks = true;
  readonly #file: ContentFile;
  readonly #name: string;
  #open = true;

  constructor(components: { file: ContentFile }, init: IpfsSourceInit) {
    this.#file = components.file;
    this.#name = init.name;
    this.key = init.key;
    this.address = init.address;
    this.peer = `ipfs://${this.#file.init.root.toString()}`;
    this.#file.use();
  }

  async describe(options: { signal: AbortSignal }): Promise<SourceDescription> {
    const content = await this.#file.content(options);
    return describeContent(content, { name: this.#name, hash: this.#file.init.root.toString() });
  }

  openLane(): Lane {
    const { session } = this.#file;
    return new BlockLane(this.#file, async (leaf, { signal, onAsked }) => {
      const local = await this.#file.localLeaf(leaf);
      if (local !== null) {
        onAsked('local');
        return local;
      }
      const { data } = await session.fetch(leaf.cid, { signal, bytes: leaf.sizeBytes, onAsked });
      return data;
    });
  }

  close(): void {
    if (this.#open) this.#file.release().catch(() => {});
    this.#open = false;
  }
}

/** A gateway that gives the blocks of a CID. */
export class GatewaySource implements Source {
  readonly kind = 'ipfs';
  readonly key: string;
  readonly address: string;
  readonly peer: string;
  readonly asksForBlocks = true;
  readonly #file: ContentFile;
  readonly #gateway: GatewayBlocks;
  readonly #name: string;
  #open = true;

  constructor(components: { file: ContentFile; gateway: GatewayBlocks }, init: { key: string; name: string }) {
    this.#file = components.file;
    this.#gateway = components.gateway;
    this.#name = init.name;
    this.key = init.key;
    this.address = this.#gateway.url;
    this.peer = new URL(this.#gateway.url).origin;
    this.#file.use();
  }

  async describe(options: { signal: AbortSignal }): Promise<SourceDescription> {
    const content = await this.#file.content(options);
    return describeContent(content, { name: this.#name, hash: this.#file.init.root.toString() });
  }

  openLane(): Lane {
    return new BlockLane(this.#file, async (leaf, { signal, onAsked }) => {
      onAsked(this.peer);
      return this.#gateway.get(leaf.cid, { signal });
    });
  }

  close(): void {
    if (this.#open) this.#file.release().catch(() => {});
    this.#open = false;
  }
}

/** Reads ranges block by block. */
class BlockLane implements Lane {
  readonly position = null;
  readonly #file: ContentFile;
  readonly #fetch: FetchLeaf;

  constructor(file: ContentFile, fetch: FetchLeaf) {
    this.#file = file;
    this.#fetch = fetch;
  }

  read(range: ByteRange, sink: ByteSink, { signal, onAsked }: ReadOptions): Promise<ReadEnd> {
    const { leaves, session } = this.#file;
    return readLeaves(
      {
        fetch: (leaf, options) => this.#fetch(leaf, { ...options, onAsked: (peer) => onAsked?.(leaf.offset, peer) }),
        keep: (leaf, block) => session.keep(leaf.cid, block),
      },
      leaves,
      { range, sink },
      { signal },
    );
  }

  close(): void {}
}
