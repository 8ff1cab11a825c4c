/** Hexadecimal digits of each digest that can be given or offered for a file. */
export const HEX_DIGITS = { md5: 32, sha1: 40, sha256: 64, sha512: 128 } as const;

export type DigestAlgorithm = keyof typeof HEX_DIGITS;

/** A digest of a whole file or of one piece of it. */
export interface Checksum {
  readonly algorithm: DigestAlgorithm;
  /** Lower-case. */
  readonly hex: string;
}
