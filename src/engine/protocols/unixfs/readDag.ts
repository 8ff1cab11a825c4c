import type { CID } from 'multiformats/cid';
import { TributaryError } from '../../../contract/errors.ts';
import { isCheckable, RAW_CODEC } from '../bitswap/blockCid.ts';
import { type Leaf, LeafList, MAX_LEAF_BYTES } from './leafList.ts';
import { decodeUnixfs, type UnixfsChild, type UnixfsNode } from './unixfsNode.ts';

/** Blocks of sharded folders that may still be opened: each may be linked to again and again, from every depth. */
interface ShardBudget {
  left: number;
}

/** Gives the block of a CID, checked. */
export type GetBlock = (cid: CID) => Promise<Uint8Array>;

/** Of a file, or entries of a folder with all that is below it. A file of 1 MiB leaves may have 4 TB. */
const MAX_LEAVES = 4_000_000;
const MAX_ENTRIES = 20_000;
const MAX_DEPTH = 64;
/** Blocks asked for at the same time. */
const PARALLEL = 8;
/** A leaf of dag-pb is so much longer than the bytes in it at most; anything with a link in it is longer still. */
const LEAF_OVERHEAD_BYTES = 40;

export interface FolderFile {
  /** Names from the folder down to the file; data, not to be trusted. */
  readonly path: readonly string[];
  readonly cid: CID;
}

/** What a CID stands for. */
export type DagContent =
  | { readonly kind: 'file'; readonly cid: CID; readonly leaves: LeafList; readonly inner: readonly CID[] }
  | { readonly kind: 'folder'; readonly cid: CID; readonly files: readonly FolderFile[] };

/**
 * Follows a path from a root, and reads what is there as far as needed: of a file the inner blocks only.
 * @throws TributaryError `bad-dag`, `ipfs-unsupported`, `ipfs-path-missing`, and what `getBlock` throws
 */
export async function readDag(root: CID, path: readonly string[], getBlock: GetBlock): Promise<DagContent> {
  let cid = root;
  for (const name of path) {
    const next = (await folderLinks(cid, await readBlock(cid, getBlock), getBlock)).find((link) => link.name === name);
    if (next === undefined)
      throw new TributaryError('ipfs-path-missing', { cid: root.toString(), path: path.join('/') });
    cid = next.cid;
  }
  const node = await readBlock(cid, getBlock);
  if (node.kind === 'file') return { kind: 'file', cid, ...(await readFile(cid, node, getBlock)) };
  if (node.kind === 'symlink')
    throw new TributaryError('ipfs-unsupported', { cid: cid.toString(), what: 'a symbolic link' });
  return { kind: 'folder', cid, files: await readFolder(cid, node, getBlock) };
}

async function readBlock(cid: CID, getBlock: GetBlock): Promise<UnixfsNode> {
  if (!isCheckable(cid))
    throw new TributaryError('ipfs-unsupported', {
      cid: cid.toString(),
      what: `hash function 0x${cid.multihash.code.toString(16)}`,
    });
  return decodeUnixfs(cid, await getBlock(cid));
}

/** One part of the file in its order: a leaf, or a block that has parts of its own. */
interface Part extends UnixfsChild {
  readonly depth: number;
  readonly isLeaf: boolean;
}

type FileNode = Extract<UnixfsNode, { kind: 'file' }>;

async function readFile(
  cid: CID,
  root: FileNode,
  getBlock: GetBlock,
): Promise<{ leaves: LeafList; inner: readonly CID[] }> {
  const inner: CID[] = [];
  let parts = partsOf({ cid, depth: 0 }, root, inner);
  // Level by level, so that blocks of one level are asked for at the same time.
  while (parts.some(({ isLeaf }) => !isLeaf)) {
    let count = 0;
    const opened = await mapInOrder(parts, async (part): Promise<readonly Part[]> => {
      if (part.isLeaf) return [part];
      const node = await readBlock(part.cid, getBlock);
      if (node.kind !== 'file')
        throw new TributaryError('bad-dag', { cid: cid.toString(), reason: 'a folder in a file' });
      const found = partsOf(part, node, inner);
      count += found.length;
      // Before the level is complete: a few blocks that are linked to again and again fill the memory in a moment.
      if (count > MAX_LEAVES) throw new TributaryError('bad-dag', { cid: cid.toString(), reason: 'too many blocks' });
      return found;
    });
    parts = opened.flat();
    if (parts.length > MAX_LEAVES)
      throw new TributaryError('bad-dag', { cid: cid.toString(), reason: 'too many blocks' });
  }
  const leaves: Leaf[] = [];
  let offset = 0;
  for (const part of parts) {
    if (part.sizeBytes === 0) continue;
    if (part.sizeBytes > MAX_LEAF_BYTES)
      throw new TributaryError('bad-dag', { cid: part.cid.toString(), reason: 'a block that is too long' });
    leaves.push({ index: leaves.length, cid: part.cid, offset, sizeBytes: part.sizeBytes });
    offset += part.sizeBytes;
    if (!Number.isSafeInteger(offset)) throw new TributaryError('bad-dag', { cid: cid.toString(), reason: 'too long' });
  }
  return { leaves: new LeafList(leaves), inner };
}

/** @param inner gets the block when it has parts */
function partsOf(
  { cid, depth, ...told }: { cid: CID; depth: number; sizeBytes?: number },
  node: FileNode,
  inner: CID[],
): readonly Part[] {
  const sum = node.children.reduce((bytes, child) => bytes + child.sizeBytes, node.data.length);
  // What a link says of its size is what offsets are reckoned by: the block has to agree.
  if (told.sizeBytes !== undefined && sum !== told.sizeBytes)
    throw new TributaryError('bad-dag', { cid: cid.toString(), reason: 'a block of another length than expected' });
  if (depth >= MAX_DEPTH) throw new TributaryError('bad-dag', { cid: cid.toString(), reason: 'it is too deep' });
  const own: Part = { cid, sizeBytes: node.data.length, blockBytes: null, depth, isLeaf: true };
  if (node.children.length === 0) return [own];
  inner.push(cid);
  const children = node.children.map((child): Part => ({ ...child, depth: depth + 1, isLeaf: isLeaf(child) }));
  // Rare, but allowed: a block with bytes and links has the first bytes itself.
  return node.data.length > 0 ? [own, ...children] : children;
}

/** By its link alone; a block of dag-pb that might have parts has to be looked at. */
function isLeaf({ cid, sizeBytes, blockBytes }: UnixfsChild): boolean {
  if (cid.code === RAW_CODEC) return true;
  return blockBytes !== null && blockBytes >= sizeBytes && blockBytes - sizeBytes <= LEAF_OVERHEAD_BYTES;
}

async function readFolder(cid: CID, root: UnixfsNode, getBlock: GetBlock): Promise<FolderFile[]> {
  const files: FolderFile[] = [];
  const budget: ShardBudget = { left: MAX_ENTRIES };
  let folders: { path: readonly string[]; cid: CID; node: UnixfsNode }[] = [{ path: [], cid, node: root }];
  for (let depth = 0; folders.length > 0; depth++) {
    if (depth >= MAX_DEPTH) throw new TributaryError('bad-dag', { cid: cid.toString(), reason: 'it is too deep' });
    const links = await mapInOrder(folders, async (folder) =>
      (await folderLinks(folder.cid, folder.node, getBlock, budget)).map((link) => ({
        cid: link.cid,
        path: [...folder.path, link.name],
      })),
    );
    const entries = links.flat();
    if (files.length + entries.length > MAX_ENTRIES)
      throw new TributaryError('bad-dag', { cid: cid.toString(), reason: 'too many files' });
    folders = [];
    const nodes = await mapInOrder(entries, async (entry) =>
      entry.cid.code === RAW_CODEC ? null : readBlock(entry.cid, getBlock),
    );
    for (const [index, entry] of entries.entries()) {
      const node = nodes[index] ?? null;
      if (node === null || node.kind === 'file') files.push(entry);
      else if (node.kind !== 'symlink') folders.push({ ...entry, node });
      // A symbolic link could lead anywhere on this machine: it is left out.
    }
  }
  return files;
}

/** Names in a folder, sharded or not. */
async function folderLinks(
  cid: CID,
  node: UnixfsNode,
  getBlock: GetBlock,
  budget: ShardBudget = { left: MAX_ENTRIES },
  depth = 0,
): Promise<readonly { name: string; cid: CID }[]> {
  if (node.kind === 'folder') return node.links;
  if (node.kind !== 'shard' || depth >= MAX_DEPTH)
    throw new TributaryError('bad-dag', { cid: cid.toString(), reason: 'a folder was expected' });
  const parts = await mapInOrder(node.links, async (link) => {
    if (link.name.length > node.prefixLength) return [{ name: link.name.slice(node.prefixLength), cid: link.cid }];
    if (--budget.left < 0) throw new TributaryError('bad-dag', { cid: cid.toString(), reason: 'too many files' });
    return folderLinks(link.cid, await readBlock(link.cid, getBlock), getBlock, budget, depth + 1);
  });
  const all = parts.flat();
  if (all.length > MAX_ENTRIES) throw new TributaryError('bad-dag', { cid: cid.toString(), reason: 'too many files' });
  return all;
}

/** A few at the same time; the results in the order of the items. */
async function mapInOrder<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker));
  return results;
}
