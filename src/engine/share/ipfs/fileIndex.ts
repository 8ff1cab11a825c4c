import { basename, join } from 'node:path';
import { CID } from 'multiformats/cid';
import * as v from 'valibot';
import { Turns } from '../../../kit/turns.ts';
import type { BlockStore } from '../../disk/blockStore.ts';
import { type FileStamp, fileStamp, readFileRange } from '../../disk/fileRange.ts';
import { ensureFolder, listFiles } from '../../disk/folder.ts';
import { readJson, removeFile, writeJson } from '../../disk/jsonFile.ts';
import { blockKey } from '../../protocols/bitswap/blockCid.ts';
import { blockOfContent, MAX_LEAF_BYTES } from '../../protocols/unixfs/leafList.ts';
import { readDag } from '../../protocols/unixfs/readDag.ts';

const Entry = v.object({
  version: v.literal(1),
  cid: v.string(),
  path: v.string(),
  sizeBytes: v.number(),
  modifiedMs: v.number(),
  addedAt: v.number(),
  /** False: it was downloaded, and is used for nothing but our own next download. */
  shared: v.boolean(),
});

/** A file whose blocks are known: `files/<cid>.json` in the repository. */
export type IndexedFile = v.InferOutput<typeof Entry>;

/** Where the bytes of a block lie. */
interface Place {
  readonly file: IndexedFile;
  readonly cid: CID;
  readonly start: number;
  readonly end: number;
}

interface Loaded {
  readonly file: IndexedFile;
  readonly leaves: ReadonlyMap<string, Place>;
  /** By key. */
  readonly inner: ReadonlyMap<string, CID>;
}

/** A file that could not be taken up is not looked at again for that long. */
const RETRY_MS = 30_000;

/** Files of this machine as stores of blocks: a leaf is read from the file itself, the blocks above it from a store. */
export class FileIndex {
  readonly #folder: string;
  readonly #trees: BlockStore;
  /** By file name in the folder. */
  readonly #loaded = new Map<string, Loaded>();
  /** File name in the folder → when it may be tried again. */
  readonly #unfit = new Map<string, number>();
  readonly #refreshes = new Turns();

  constructor(components: { trees: BlockStore }, init: { folder: string }) {
    this.#trees = components.trees;
    this.#folder = init.folder;
  }

  get files(): readonly IndexedFile[] {
    return [...this.#loaded.values()].map(({ file }) => file);
  }

  /** Takes up what was added or removed, also by another process. @returns whether there was something */
  refresh(): Promise<boolean> {
    return this.#refreshes.take(() => this.#refresh());
  }

  /** @throws TributaryError of the disk */
  async add(cid: CID, init: { path: string; stamp: FileStamp; shared: boolean; nowMs: number }): Promise<IndexedFile> {
    const { path, stamp, shared, nowMs } = init;
    const name = `${cid.toV1().toString()}.json`;
    const before = this.#loaded.get(name)?.file;
    // What somebody shares stays shared when it is downloaded to another place.
    const file: IndexedFile =
      before?.shared === true && !shared
        ? before
        : { version: 1, cid: cid.toV1().toString(), path, ...stamp, addedAt: nowMs, shared };
    await ensureFolder(this.#folder);
    await writeJson(join(this.#folder, name), file);
    this.#loaded.delete(name);
    this.#unfit.delete(name);
    await this.refresh();
    return file;
  }

  /** Others cannot get it any more. The file itself is not touched. */
  async remove(cid: string): Promise<boolean> {
    const name = `${cid}.json`;
    const loaded = this.#loaded.get(name);
    if (loaded === undefined) return false;
    this.#loaded.delete(name);
    await removeFile(join(this.#folder, name));
    const others = [...this.#loaded.values()];
    for (const [key, block] of loaded.inner) {
      if (!others.some(({ inner }) => inner.has(key))) await this.#trees.delete(block);
    }
    return true;
  }

  /** Forgets downloads that are no longer what they were. What is shared stays on the list, for its owner to see. */
  async prune(): Promise<void> {
    for (const { cid, path, shared, sizeBytes, modifiedMs } of this.files) {
      if (shared) continue;
      const stamp = await fileStamp(path);
      if (stamp?.sizeBytes !== sizeBytes || stamp.modifiedMs !== modifiedMs) await this.remove(cid);
    }
  }

  /** @param options.shared only what is offered to others. @returns null when it is not here, or the file was changed */
  async read(cid: CID, options: { shared: boolean }): Promise<Uint8Array | null> {
    const key = blockKey(cid);
    for (const { file, leaves, inner } of this.#loaded.values()) {
      if (options.shared && !file.shared) continue;
      const place = leaves.get(key);
      const bytes = place === undefined ? null : await readFileRange(file.path, place, file);
      const block = bytes === null || place === undefined ? null : blockOfContent(place.cid, bytes);
      if (block !== null) return block;
      if (inner.has(key)) return this.#trees.get(cid);
    }
    return null;
  }

  has(cid: CID, options: { shared: boolean }): boolean {
    const key = blockKey(cid);
    return [...this.#loaded.values()].some(
      ({ file, leaves, inner }) => (file.shared || !options.shared) && (leaves.has(key) || inner.has(key)),
    );
  }

  async #refresh(): Promise<boolean> {
    const names = new Set((await listFiles(this.#folder)).filter((name) => name.endsWith('.json')));
    let changed = false;
    for (const name of this.#loaded.keys()) if (!names.has(name)) changed = this.#loaded.delete(name);
    for (const name of names) {
      if (this.#loaded.has(name) || (this.#unfit.get(name) ?? 0) > performance.now()) continue;
      const loaded = await this.#load(join(this.#folder, name));
      if (loaded === null) {
        this.#unfit.set(name, performance.now() + RETRY_MS);
        continue;
      }
      this.#loaded.set(name, loaded);
      changed = true;
    }
    return changed;
  }

  async #load(path: string): Promise<Loaded | null> {
    const parsed = v.safeParse(Entry, await readJson(path));
    if (!parsed.success || basename(path) !== `${parsed.output.cid}.json`) return null;
    const file = parsed.output;
    try {
      const root = CID.parse(file.cid);
      const content = await readDag(root, [], async (cid) => {
        const block = await this.#trees.get(cid);
        if (block !== null) return block;
        // A file of one leaf has no tree: its only block is the file. A longer one has lost its tree, and is not read for that.
        const isLeaf = file.sizeBytes <= MAX_LEAF_BYTES;
        const whole = isLeaf ? await readFileRange(file.path, { start: 0, end: file.sizeBytes }, file) : null;
        const single = whole === null ? null : blockOfContent(cid, whole);
        if (single === null) throw new Error('a block of the tree is missing');
        return single;
      });
      if (content.kind !== 'file') return null;
      const leaves = new Map<string, Place>();
      for (const { cid, offset, sizeBytes } of content.leaves)
        leaves.set(blockKey(cid), { file, cid, start: offset, end: offset + sizeBytes });
      return { file, leaves, inner: new Map(content.inner.map((inner) => [blockKey(inner), inner])) };
    } catch {
      // Its tree was cleared away, or the file is no longer what it was.
      return null;
    }
  }
}
