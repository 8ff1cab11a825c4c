import type { XmlElement } from '@rgrove/parse-xml';
import type { DigestAlgorithm } from '../../../contract/checksum.ts';
import { STRONGEST_FIRST } from '../agreedChecksums.ts';
import { checksumOf, digestAlgorithmOf } from '../checksumOf.ts';
import { badMetalink, type MetalinkDocument, textOf } from './metalinkDocument.ts';

/** Digests of equal pieces of a file; the last one may be shorter. */
export interface MetalinkPieces {
  readonly algorithm: DigestAlgorithm;
  readonly lengthBytes: number;
  /** Lower-case hexadecimal, in the order of the file. */
  readonly hashes: readonly string[];
}

/** Shorter pieces would need more hashes than they are worth. */
const MIN_LENGTH_BYTES = 1024;

/**
 * The pieces of the strongest algorithm that can be used; null when there are none. Hashes that are malformed, or whose
 * number does not fit a known size, are left out: checked against them, every right piece would be wrong.
 * @param parents hold `pieces`: the file in version 4, its `verification` in version 3
 * @throws TributaryError `bad-metalink` for a length that is no integer or below 1 KiB
 */
export function readPieces(
  document: MetalinkDocument,
  parents: readonly XmlElement[],
  sizeBytes: number | null,
): MetalinkPieces | null {
  const elements = parents.flatMap((parent) => document.children(parent, 'pieces'));
  const usable = elements.flatMap((element) => {
    const length = element.attributes.length ?? '';
    const lengthBytes = /^\d{1,16}$/.test(length) ? Number(length) : Number.NaN;
    if (!Number.isSafeInteger(lengthBytes) || lengthBytes < MIN_LENGTH_BYTES)
      throw badMetalink('a piece length makes no sense');
    const algorithm = digestAlgorithmOf(element.attributes.type ?? '');
    const hashes = algorithm === null ? null : readHashes(document.children(element, 'hash'), algorithm);
    if (algorithm === null || hashes === null || hashes.length === 0) return [];
    const fits = sizeBytes === null || hashes.length === Math.ceil(sizeBytes / lengthBytes);
    return fits ? [{ algorithm, lengthBytes, hashes }] : [];
  });
  const strength = ({ algorithm }: MetalinkPieces): number => STRONGEST_FIRST.indexOf(algorithm);
  return usable.sort((a, b) => strength(a) - strength(b))[0] ?? null;
}

/** Null when one is malformed or when their numbers (`piece`, version 3) are not 0, 1, 2 ... */
function readHashes(elements: readonly XmlElement[], algorithm: DigestAlgorithm): string[] | null {
  const hashes = new Array<string>(elements.length);
  const taken = new Set<number>();
  for (const [index, element] of elements.entries()) {
    const checksum = checksumOf(algorithm, textOf(element));
    const { piece = String(index) } = element.attributes;
    const place = /^\d{1,7}$/.test(piece) ? Number(piece) : elements.length;
    if (checksum === null || place >= elements.length || taken.has(place)) return null;
    taken.add(place);
    hashes[place] = checksum.hex;
  }
  return hashes;
}
