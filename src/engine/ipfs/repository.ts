import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import * as v from 'valibot';
import { systemClock } from '../../kit/clock.ts';
import type { Disposable } from '../../kit/disposables.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { BlockStore } from '../disk/blockStore.ts';
import { fileStamp } from '../disk/fileRange.ts';
import { makePrivateFolder } from '../disk/folder.ts';
import { readJson, writeJson } from '../disk/jsonFile.ts';
import { newIdentity } from '../net/ipfs/peerNode.ts';
import type { SharedBlocks } from '../share/ipfs/blockServer.ts';
import { FileIndex, type IndexedFile } from '../share/ipfs/fileIndex.ts';
import { importFile } from '../share/ipfs/importFile.ts';
import type { LocalBlocks } from '../sources/ipfs/contentFile.ts';

const Identity = v.object({ privateKey: v.string() });

/** How often it is looked whether another process has added a file. */
const WATCH_MS = 1000;

/**
 * What of IPFS is kept in a folder: `identity.json`, `blocks/` (fetched, with a cap), `trees/` (blocks above the leaves of
 * own files), `files/` (which files these are).
 */
export class Repository implements LocalBlocks, SharedBlocks, Disposable {
  readonly #folder: string;
  readonly #blocks: BlockStore;
  readonly #trees: BlockStore;
  readonly #index: FileIndex;
  readonly #changed = new Emitter<void>();
  #watch: Disposable | null = null;

  /** A file was added or removed. */
  readonly onDidChange: Event<void> = this.#changed.event;

  private constructor(folder: string, stores: { blocks: BlockStore; trees: BlockStore }) {
    this.#folder = folder;
    this.#blocks = stores.blocks;
    this.#trees = stores.trees;
    this.#index = new FileIndex(stores, { folder: join(folder, 'files') });
  }

  /** @throws TributaryError of the disk */
  static async open(folder: string, init: { storeBytes: number }): Promise<Repository> {
    await makePrivateFolder(folder);
    const blocks = await BlockStore.open({ folder: join(folder, 'blocks'), capBytes: init.storeBytes });
    const trees = await BlockStore.open({ folder: join(folder, 'trees'), capBytes: Number.POSITIVE_INFINITY });
    const repository = new Repository(folder, { blocks, trees });
    await repository.#index.refresh();
    await repository.#index.prune();
    return repository;
  }

  get sharedFiles(): readonly IndexedFile[] {
    return this.#index.files.filter(({ shared }) => shared);
  }

  /** Of blocks that are kept beside the files. */
  get storeBytes(): number {
    return this.#blocks.totalBytes;
  }

  /** The key by which peers recognise this repository's node; made at the first time. @throws TributaryError of the disk */
  async identity(): Promise<Uint8Array> {
    const path = join(this.#folder, 'identity.json');
    const parsed = v.safeParse(Identity, await readJson(path));
    if (parsed.success) return Buffer.from(parsed.output.privateKey, 'base64');
    const identity = await newIdentity();
    await writeJson(path, { privateKey: Buffer.from(identity).toString('base64') });
    return identity;
  }

  /** From now on what other processes add is found within a second. */
  watch(): void {
    this.#watch ??= systemClock.every(WATCH_MS, () => {
      this.#index.refresh().then(
        (changed) => changed && this.#changed.fire(),
        () => {},
      );
    });
  }

  dispose(): void {
    this.#watch?.dispose();
    this.#watch = null;
  }

  /**
   * Offers a file to others. It stays where it is; when it is changed, it is offered no longer.
   * @throws TributaryError `file-missing`, `share-changed`, `disk-*`; the signal's reason when aborted
   */
  async share(
    path: string,
    options: { signal: AbortSignal; onProgress: (bytes: number) => void },
  ): Promise<IndexedFile> {
    const { cid, stamp } = await importFile(path, this.#trees, options);
    const file = await this.#index.add(cid, { path, stamp, shared: true, nowMs: Date.now() });
    this.#changed.fire();
    return file;
  }

  /** Remembers where a downloaded file lies, so that it is not fetched again; it is not offered to anybody. */
  async remember(cid: CID, path: string, inner: readonly CID[]): Promise<void> {
    const stamp = await fileStamp(path);
    if (stamp === null) return;
    for (const block of inner) {
      const data = await this.#blocks.get(block);
      if (data !== null) await this.#trees.put(block, data);
    }
    await this.#index.add(cid, { path, stamp, shared: false, nowMs: Date.now() });
  }

  /** @returns false when it was not shared */
  async unshare(cid: string): Promise<boolean> {
    const removed = await this.#index.remove(cid);
    if (removed) this.#changed.fire();
    return removed;
  }

  refresh(): Promise<boolean> {
    return this.#index.refresh();
  }

  /** For ourselves. */
  async read(cid: CID): Promise<Uint8Array | null> {
    return (await this.#blocks.get(cid)) ?? this.#index.read(cid, { shared: false });
  }

  async keep(cid: CID, data: Uint8Array): Promise<void> {
    // A full disk is no reason to stop: the block is needed now, and can be fetched again.
    await this.#blocks.put(cid, data).catch(() => {});
  }

  /** For others: only what was shared. */
  async readShared(cid: CID): Promise<Uint8Array | null> {
    return this.#index.read(cid, { shared: true });
  }

  async hasShared(cid: CID): Promise<boolean> {
    return this.#index.has(cid, { shared: true });
  }
}
