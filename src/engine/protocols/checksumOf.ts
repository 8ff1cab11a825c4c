import { type Checksum, type DigestAlgorithm, HEX_DIGITS } from '../../contract/checksum.ts';

/** How the algorithms are written: `sha256`, `SHA-256` (IANA), `SHA2-256` (OpenSSL 3). */
const NAMES: readonly (readonly [pattern: RegExp, algorithm: DigestAlgorithm])[] = [
  [/^sha(?:2?-)?512$/i, 'sha512'],
  [/^sha(?:2?-)?256$/i, 'sha256'],
  [/^sha-?1$/i, 'sha1'],
  [/^md5$/i, 'md5'],
];

/** Null for an algorithm that is not known here, and for its truncated forms (`sha512-256`), which are other digests. */
export function digestAlgorithmOf(name: string): DigestAlgorithm | null {
  return NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** Null when the text is not exactly the hexadecimal digits of that algorithm. */
export function checksumOf(algorithm: DigestAlgorithm, hex: string): Checksum | null {
  if (hex.length !== HEX_DIGITS[algorithm] || !/^[0-9a-f]+$/i.test(hex)) return null;
  // By way of bytes, because a part of a string keeps the whole document it was cut from in memory.
  return { algorithm, hex: Buffer.from(hex, 'hex').toString('hex') };
}
