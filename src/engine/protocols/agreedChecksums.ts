import type { Checksum, DigestAlgorithm } from '../../contract/checksum.ts';

/** Which of several digests of the same bytes says most. */
export const STRONGEST_FIRST: readonly DigestAlgorithm[] = ['sha512', 'sha256', 'sha1', 'md5'];

/**
 * One checksum of each algorithm, the strongest first. Where two of one algorithm contradict each other, nobody knows
 * which is right, and checking against the wrong one would condemn a good file: both are left out.
 */
export function agreedChecksums(offers: readonly Checksum[]): Checksum[] {
  return STRONGEST_FIRST.flatMap((algorithm) => {
    const [hex, ...others] = new Set(offers.filter((offer) => offer.algorithm === algorithm).map((offer) => offer.hex));
    return hex === undefined || others.length > 0 ? [] : [{ algorithm, hex }];
  });
}
