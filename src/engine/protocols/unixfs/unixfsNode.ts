import { decode } from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import type { CID } from 'multiformats/cid';
import { TributaryError } from '../../../contract/errors.ts';
import { DAG_PB_CODEC, RAW_CODEC } from '../bitswap/blockCid.ts';

/** A part of a file that another block holds. */
export interface UnixfsChild {
  readonly cid: CID;
  /** Bytes of the file in it. */
  readonly sizeBytes: number;
  /** Of all blocks below it, as the link says; null when it does not. */
  readonly blockBytes: number | null;
}

export interface UnixfsLink {
  readonly name: string;
  readonly cid: CID;
}

/** What a block is in UnixFS (https://specs.ipfs.tech/unixfs/). */
export type UnixfsNode =
  | { readonly kind: 'file'; readonly data: Uint8Array; readonly children: readonly UnixfsChild[] }
  | { readonly kind: 'folder'; readonly links: readonly UnixfsLink[] }
  /** A part of a folder too big for one block: names begin with so many characters that belong to the tree. */
  | { readonly kind: 'shard'; readonly links: readonly UnixfsLink[]; readonly prefixLength: number }
  | { readonly kind: 'symlink' };

const NOTHING = new Uint8Array();

/** @throws TributaryError `bad-dag`, `ipfs-unsupported` (a codec other than raw and dag-pb) */
export function decodeUnixfs(cid: CID, block: Uint8Array): UnixfsNode {
  if (cid.code === RAW_CODEC) return { kind: 'file', data: block, children: [] };
  if (cid.code !== DAG_PB_CODEC)
    throw new TributaryError('ipfs-unsupported', { cid: cid.toString(), what: `codec 0x${cid.code.toString(16)}` });
  try {
    return readNode(block);
  } catch (error) {
    throw new TributaryError(
      'bad-dag',
      { cid: cid.toString(), reason: error instanceof Error ? error.message : String(error) },
      { cause: error },
    );
  }
}

function readNode(block: Uint8Array): UnixfsNode {
  const node = decode(block);
  if (node.Data === undefined) throw new Error('a block without UnixFS data');
  const unixfs = UnixFS.unmarshal(node.Data);
  const links = node.Links.map(({ Name, Hash }) => ({ name: Name ?? '', cid: Hash }));
  if (unixfs.type === 'directory') return { kind: 'folder', links };
  if (unixfs.type === 'hamt-sharded-directory') {
    const fanout = Number(unixfs.fanout ?? 256n);
    return { kind: 'shard', links, prefixLength: Math.max(1, (fanout - 1).toString(16).length) };
  }
  if (unixfs.type === 'symlink') return { kind: 'symlink' };
  if (unixfs.type !== 'file' && unixfs.type !== 'raw') throw new Error(`a node of the type ${unixfs.type}`);
  if (unixfs.blockSizes.length !== node.Links.length) throw new Error('sizes and links do not match');
  const children = node.Links.map(({ Hash, Tsize }, index): UnixfsChild => {
    const sizeBytes = Number(unixfs.blockSizes[index] ?? 0n);
    if (!Number.isSafeInteger(sizeBytes)) throw new Error('a size that is too big');
    return { cid: Hash, sizeBytes, blockBytes: Tsize ?? null };
  });
  return { kind: 'file', data: unixfs.data ?? NOTHING, children };
}
