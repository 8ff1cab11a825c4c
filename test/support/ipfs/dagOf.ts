import { MemoryBlockstore } from 'blockstore-core';
import { type ImporterOptions, importer } from 'ipfs-unixfs-importer';
import { fixedSize } from 'ipfs-unixfs-importer/chunker';
import { balanced, trickle } from 'ipfs-unixfs-importer/layout';
import type { CID } from 'multiformats/cid';

export interface Dag {
  readonly cid: CID;
  readonly blocks: MemoryBlockstore;
}

/** How Kubo has built files for years: 256 KiB in dag-pb, version 0. */
export const OLD_KUBO: ImporterOptions = {
  cidVersion: 0,
  rawLeaves: false,
  chunker: fixedSize({ chunkSize: 256 * 1024 }),
  layout: balanced({ maxChildrenPerNode: 174 }),
};

/** Our own profile, from the same library but set up here. */
export const OURS: ImporterOptions = {
  cidVersion: 1,
  rawLeaves: true,
  chunker: fixedSize({ chunkSize: 1024 * 1024 }),
  layout: balanced({ maxChildrenPerNode: 174 }),
};

/** Two children each, so that a small file becomes a deep tree. */
export const DEEP: ImporterOptions = {
  cidVersion: 1,
  rawLeaves: true,
  chunker: fixedSize({ chunkSize: 64 * 1024 }),
  layout: balanced({ maxChildrenPerNode: 2 }),
};

/** Leaves at different depths. */
export const TRICKLE: ImporterOptions = {
  cidVersion: 1,
  rawLeaves: false,
  leafType: 'raw',
  chunker: fixedSize({ chunkSize: 64 * 1024 }),
  layout: trickle({ maxChildrenPerNode: 4, layerRepeat: 2 } as never),
};

export async function dagOfFile(content: Uint8Array, options: ImporterOptions): Promise<Dag> {
  return dagOfFolder([{ path: '', content }], options);
}

export async function dagOfFolder(
  files: readonly { path: string; content: Uint8Array }[],
  options: ImporterOptions,
): Promise<Dag> {
  const blocks = new MemoryBlockstore();
  const source = files.map(({ path, content }) => (path === '' ? { content } : { path, content }));
  let cid: CID | undefined;
  for await (const entry of importer(source, blocks, { ...options })) cid = entry.cid;
  if (cid === undefined) throw new Error('nothing was imported');
  return { cid, blocks };
}

export async function blockOf(blocks: MemoryBlockstore, cid: CID): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of blocks.get(cid)) pieces.push(piece);
  return Buffer.concat(pieces);
}
