import { safeFileName } from '../../intake/fileName.ts';
import type { LeafList } from '../../protocols/unixfs/leafList.ts';
import type { DagContent, FolderFile } from '../../protocols/unixfs/readDag.ts';
import type { ContentLayout, FolderEntry, SourceDescription } from '../source.ts';

const NO_OFFERS = { mirrors: [], metalinks: [] };

/** @param init.name the user's or the link's; safe. @param init.hash as it is shown */
export function describeContent(content: DagContent, init: { name: string; hash: string }): SourceDescription {
  const described = {
    ranges: true,
    // A CID stands for the same bytes for ever.
    version: { etag: `"${content.cid.toString()}"`, lastModified: null },
    suggestedName: init.name,
    checksums: [],
    offers: NO_OFFERS,
    isMetalink: false,
  };
  if (content.kind === 'folder')
    return { ...described, sizeBytes: null, folder: content.files.map((file) => folderEntry(file, init.name)) };
  return { ...described, sizeBytes: content.leaves.sizeBytes, content: layoutOf(content.leaves, init.hash) };
}

export function layoutOf(leaves: LeafList, hash: string): ContentLayout {
  return {
    hash,
    length: leaves.length,
    indexAt: (offset) => leaves.indexAt(offset),
    blockAt: (index) => {
      const leaf = leaves.at(index);
      if (leaf === undefined) return { start: leaves.sizeBytes, end: leaves.sizeBytes, cid: hash };
      return { start: leaf.offset, end: leaf.offset + leaf.sizeBytes, cid: leaf.cid.toString() };
    },
  };
}

/** Names in a folder are data: each becomes one safe name, so that none leads out of the target folder. */
function folderEntry({ path, cid }: FolderFile, folder: string): FolderEntry {
  const name = path.at(-1) ?? '';
  return {
    path: [folder, ...path].map((part) => safeFileName(part) ?? '_'),
    address: `ipfs://${cid.toV1().toString()}?filename=${encodeURIComponent(name)}`,
  };
}
