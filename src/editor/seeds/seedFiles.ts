import type { SeedFileSnapshot } from '../../contract/seedApi.ts';
import { formatBytes } from '../../kit/format.ts';
import type { LinkRequest } from '../linkInput.ts';
import { SEPARATOR } from '../taskText.ts';
import type { Translate } from '../translate.ts';
import { FoundFiles, isOfSeed } from './foundFiles.ts';
import { seedCount } from './seedsLine.ts';
import type { SeedsState } from './seedsMirror.ts';
import type { SeedsNode } from './seedsNode.ts';

/** How a file of the seeds is downloaded: from all that have it, and checked when one of them tells its digest. */
export function requestOf({ addresses, sha256 }: SeedFileSnapshot): LinkRequest | null {
  const [address, ...mirrors] = addresses;
  if (address === undefined) return null;
  return { address, checksum: sha256 === null ? null : `sha256:${sha256}`, mirrors };
}

/** Of a line for a seed's file: that file, the seed that the line is below first. */
export function seedFileOf({ found }: SeedsState, node: SeedsNode): SeedFileSnapshot | null {
  if (node.kind !== 'seedFile' || found === null) return null;
  const file = FoundFiles.of(found).unique(node.seed, node.name);
  if (file === null) return null;
  const here = (address: string) => isOfSeed(address, node.seed);
  const addresses = [...file.addresses].sort((left, right) => Number(here(right)) - Number(here(left)));
  return { ...file, addresses };
}

/** `127.0.0.1:8080` of each seed that has it. */
export function seedsOf({ addresses }: SeedFileSnapshot): string[] {
  return addresses.map((address) => new URL(address).host);
}

/** `12.3 MB · 2 seeds`. */
export function seedFileText({ sizeBytes, addresses }: SeedFileSnapshot, t: Translate): string {
  return [formatBytes(sizeBytes), seedCount(addresses.length, t)].join(SEPARATOR);
}
