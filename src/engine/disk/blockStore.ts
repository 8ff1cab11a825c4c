import { readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { FsBlockstore } from 'blockstore-fs';
import { NextToLast } from 'blockstore-fs/sharding';
import { base32upper } from 'multiformats/bases/base32';
import { CID } from 'multiformats/cid';
import { decode } from 'multiformats/hashes/digest';
import { toDiskError } from './diskError.ts';

/** The library's own naming: by the multihash, in folders by its last two characters. */
const NAMES = new NextToLast();
const EXTENSION = NAMES.extension;

/**
 * Blocks in a folder, found by their CID. When they are more than the cap, those not used for longest go. Several processes
 * may share the folder: what another one has put there is found, too.
 */
export class BlockStore {
  readonly #store: FsBlockstore;
  readonly #folder: string;
  readonly #capBytes: number;
  /** File name (without folder) → bytes; used last comes last. */
  readonly #sizes = new Map<string, { readonly cid: CID; readonly bytes: number }>();
  #totalBytes = 0;

  private constructor(store: FsBlockstore, init: { folder: string; capBytes: number }) {
    this.#store = store;
    this.#folder = init.folder;
    this.#capBytes = init.capBytes;
  }

  /** @param init.capBytes `Infinity`: nothing is ever removed. @throws TributaryError of the disk */
  static async open(init: { folder: string; capBytes: number }): Promise<BlockStore> {
    const library = new FsBlockstore(init.folder);
    try {
      await library.open();
    } catch (error) {
      throw toDiskError(error, init.folder, init.folder);
    }
    const store = new BlockStore(library, init);
    await store.#load();
    return store;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Null when it is not there. The bytes are not checked. */
  async get(cid: CID): Promise<Uint8Array | null> {
    try {
      const pieces: Uint8Array[] = [];
      for await (const piece of this.#store.get(cid)) pieces.push(piece);
      const bytes = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
      this.#touch(cid, bytes.length);
      return bytes;
    } catch {
      return null;
    }
  }

  async has(cid: CID): Promise<boolean> {
    return this.#store.has(cid);
  }

  /** @throws TributaryError of the disk */
  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    try {
      await this.#store.put(cid, bytes);
    } catch (error) {
      throw toDiskError(error, this.#folder, this.#folder);
    }
    this.#touch(cid, bytes.length);
    await this.#evict();
  }

  async delete(cid: CID): Promise<void> {
    await this.#store.delete(cid).catch(() => {});
    this.#forget(nameOf(cid));
  }

  #touch(cid: CID, bytes: number): void {
    const name = nameOf(cid);
    const known = this.#forget(name);
    this.#sizes.set(name, { cid, bytes });
    this.#totalBytes += bytes;
    // So that the order outlives the process. That it may fail (the file is being removed) does not matter.
    if (known) utimes(this.#pathOf(name), new Date(), new Date()).catch(() => {});
  }

  #forget(name: string): boolean {
    const known = this.#sizes.get(name);
    if (known === undefined) return false;
    this.#sizes.delete(name);
    this.#totalBytes -= known.bytes;
    return true;
  }

  async #evict(): Promise<void> {
    for (const [, { cid }] of this.#sizes) {
      if (this.#totalBytes <= this.#capBytes) return;
      await this.delete(cid);
    }
  }

  #pathOf(name: string): string {
    return join(this.#folder, name.slice(-2), name + EXTENSION);
  }

  async #load(): Promise<void> {
    const found: { name: string; bytes: number; usedMs: number }[] = [];
    for (const folder of await readdir(this.#folder).catch(() => [])) {
      for (const file of await readdir(join(this.#folder, folder)).catch(() => [])) {
        if (!file.endsWith(EXTENSION)) continue;
        const info = await stat(join(this.#folder, folder, file)).catch(() => null);
        if (info !== null)
          found.push({ name: file.slice(0, -EXTENSION.length), bytes: info.size, usedMs: info.mtimeMs });
      }
    }
    for (const { name, bytes } of found.sort((a, b) => a.usedMs - b.usedMs)) {
      const cid = cidOf(name);
      if (cid === null) continue;
      this.#sizes.set(name, { cid, bytes });
      this.#totalBytes += bytes;
    }
    await this.#evict();
  }
}

function nameOf(cid: CID): string {
  return NAMES.encode(cid).file.slice(0, -EXTENSION.length);
}

/** The name holds no codec; any will do to find the file again. Null: it is no file of the store. */
function cidOf(name: string): CID | null {
  try {
    return CID.createV1(0x55, decode(base32upper.decode(name)));
  } catch {
    return null;
  }
}
