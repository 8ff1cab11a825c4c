import { type Checksum, type DigestAlgorithm, HEX_DIGITS } from '../../contract/checksum.ts';
import { TributaryError } from '../../contract/errors.ts';

/**
 * Reads `sha256:<hex>` (or sha1, sha512, md5; `sha-256` and `=` as separator are understood too). A bare hex string is
 * taken by its length, because that is how release pages print them.
 * @throws TributaryError `bad-checksum`
 */
export function parseChecksum(text: string): Checksum {
  const match = /^(?:(md5|sha-?1|sha-?256|sha-?512)\s*[:=]\s*)?([0-9a-f]+)$/i.exec(text.trim());
  const hex = match?.[2]?.toLowerCase() ?? '';
  const named = match?.[1]?.toLowerCase().replace('-', '');
  for (const [algorithm, digits] of Object.entries(HEX_DIGITS) as [DigestAlgorithm, number][]) {
    if (hex.length === digits && (named === undefined || named === algorithm)) return { algorithm, hex };
  }
  throw new TributaryError('bad-checksum', { text: text.trim().slice(0, 80) });
}

export function formatChecksum(checksum: Checksum): string {
  return `${checksum.algorithm}:${checksum.hex}`;
}
