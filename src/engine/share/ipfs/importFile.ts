import { importer } from 'ipfs-unixfs-importer';
import { fixedSize } from 'ipfs-unixfs-importer/chunker';
import { balanced } from 'ipfs-unixfs-importer/layout';
import type { CID } from 'multiformats/cid';
import { TributaryError } from '../../../contract/errors.ts';
import type { BlockStore } from '../../disk/blockStore.ts';
import { type FileStamp, fileStamp, readFilePieces } from '../../disk/fileRange.ts';
import { RAW_CODEC } from '../../protocols/bitswap/blockCid.ts';

/**
 * How files become blocks, never to be changed: the same file gets the same CID everywhere and for ever. Leaves of 1 MiB,
 * because blocks above 2 MiB are refused by others, and are the bytes of the file themselves, so that they need not be
 * stored a second time.
 */
const LEAF_BYTES = 1024 * 1024;
const MAX_CHILDREN = 174;

export interface ImportedFile {
  readonly cid: CID;
  readonly stamp: FileStamp;
}

/**
 * Computes the CID of a file and keeps the blocks of its tree; its bytes stay where they are.
 * @param options.onProgress called with the bytes read so far
 * @throws TributaryError `file-missing`, `share-changed`, `disk-*`; the signal's reason when aborted
 */
export async function importFile(
  path: string,
  trees: BlockStore,
  options: { signal: AbortSignal; onProgress: (bytes: number) => void },
): Promise<ImportedFile> {
  const before = await fileStamp(path);
  if (before === null) throw new TributaryError('file-missing', { path });
  let bytes = 0;
  const content = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of readFilePieces(path, LEAF_BYTES, options)) {
      yield piece;
      bytes += piece.length;
      options.onProgress(bytes);
    }
  };
  const store = {
    put: async (cid: CID, block: Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<CID> => {
      if (cid.code !== RAW_CODEC && block instanceof Uint8Array) await trees.put(cid, block);
      return cid;
    },
  };
  let cid: CID | null = null;
  const profile = {
    cidVersion: 1 as const,
    rawLeaves: true,
    chunker: fixedSize({ chunkSize: LEAF_BYTES }),
    layout: balanced({ maxChildrenPerNode: MAX_CHILDREN }),
    wrapWithDirectory: false,
  };
  for await (const entry of importer([{ content: content() }], store, profile)) cid = entry.cid;
  const after = await fileStamp(path);
  if (cid === null || after?.sizeBytes !== before.sizeBytes || after.modifiedMs !== before.modifiedMs)
    throw new TributaryError('share-changed', { path });
  return { cid, stamp: after };
}
