import { decode } from '@ipld/dag-pb';
import type { CID } from 'multiformats/cid';

/** What a block of dag-pb links to. */
export function linksOf(block: Uint8Array): CID[] {
  return decode(block).Links.map(({ Hash }) => Hash);
}
