import { decode, encode, prepare } from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import type { CID } from 'multiformats/cid';
import { TributaryError } from '../../../contract/errors.ts';
import { DAG_PB_CODEC, isBlockOf, RAW_CODEC } from '../bitswap/blockCid.ts';

/** Neither peers nor gateways send longer blocks; whoever says that one is longer wants us to lend memory for it. */
export const MAX_LEAF_BYTES = 8 * 1024 * 1024;

/** A block that holds a part of the file's own bytes. */
export interface Leaf {
  readonly index: number;
  readonly cid: CID;
  /** Of its first byte in the file. */
  readonly offset: number;
  /** Bytes of the file in it; never 0. */
  readonly sizeBytes: number;
}

/** The blocks that make up a file, in its order. */
export class LeafList {
  readonly #leaves: readonly Leaf[];
  readonly sizeBytes: number;

  constructor(leaves: readonly Leaf[]) {
    this.#leaves = leaves;
    const last = leaves.at(-1);
    this.sizeBytes = last === undefined ? 0 : last.offset + last.sizeBytes;
  }

  get length(): number {
    return this.#leaves.length;
  }

  [Symbol.iterator](): IterableIterator<Leaf> {
    return this.#leaves.values();
  }

  at(index: number): Leaf | undefined {
    return this.#leaves[index];
  }

  /** Index of the leaf that holds this byte. */
  indexAt(offset: number): number {
    let low = 0;
    let high = this.#leaves.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#leaves[middle]?.offset ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The file's bytes in a leaf's block. @throws TributaryError `bad-dag` when they are not as many as the DAG says */
export function bytesOfLeaf(leaf: Leaf, block: Uint8Array): Uint8Array {
  const bytes = leaf.cid.code === RAW_CODEC ? block : dataOf(leaf, block);
  if (bytes.length === leaf.sizeBytes) return bytes;
  throw new TributaryError('bad-dag', { cid: leaf.cid.toString(), reason: 'a block of another length than expected' });
}

/** Whether bytes of the file, wherever they came from, are those of the leaf. */
export function isContentOf(leaf: Leaf, bytes: Uint8Array): boolean {
  return blockOfContent(leaf.cid, bytes) !== null;
}

/** The block that holds these bytes of a file, under that CID; null when they are others, or it is built in an unusual way. */
export function blockOfContent(cid: CID, bytes: Uint8Array): Uint8Array | null {
  if (cid.code === RAW_CODEC) return isBlockOf(cid, bytes) ? bytes : null;
  if (cid.code !== DAG_PB_CODEC) return null;
  for (const type of ['file', 'raw'] as const) {
    const block = encode(prepare({ Data: new UnixFS({ type, data: bytes }).marshal() }));
    if (isBlockOf(cid, block)) return block;
  }
  return null;
}

function dataOf(leaf: Leaf, block: Uint8Array): Uint8Array {
  try {
    return UnixFS.unmarshal(decode(block).Data ?? new Uint8Array()).data ?? new Uint8Array();
  } catch (error) {
    throw new TributaryError('bad-dag', { cid: leaf.cid.toString(), reason: String(error) }, { cause: error });
  }
}
