import type { Checksum, DigestAlgorithm } from '../../contract/checksum.ts';
import type { PieceHashes, Source } from '../sources/source.ts';
import type { DescribedSource } from '../transfer/sourceSupply.ts';

/** Hashes of the pieces of a file. */
export interface PieceList {
  readonly pieces: PieceHashes;
  /** A source on whose word alone they are believed; null: they come with the checksum, from a Metalink. */
  readonly teller: Source | null;
}

/**
 * What the bytes of a file are compared with. What the user or a Metalink says counts most; else the source that leads, and
 * then whoever joins and tells a digest. Pieces on a source's own word find wrong bytes early, but prove nothing: the
 * whole is always compared with the checksum, too.
 */
export class FileDigests {
  readonly #told = new Map<DigestAlgorithm, string>();
  readonly #given: { readonly checksum: Checksum | null; readonly pieces: PieceHashes | null };
  readonly #lists = new Map<Source, PieceHashes>();
  readonly #distrusted = new Set<Source>();
  #checksum: Checksum | null;

  /** @param given by the user or by a Metalink */
  constructor(given: { checksum: Checksum | null; pieces: PieceHashes | null }) {
    this.#checksum = given.checksum;
    this.#given = given;
    if (given.checksum !== null) this.#told.set(given.checksum.algorithm, given.checksum.hex);
  }

  /** Of the whole file; null: nobody has told one. It is never replaced by another one. */
  get checksum(): Checksum | null {
    return this.#checksum;
  }

  get pieces(): PieceList | null {
    if (this.#given.pieces !== null) return { pieces: this.#given.pieces, teller: null };
    const [first] = this.#lists;
    return first === undefined ? null : { pieces: first[1], teller: first[0] };
  }

  /** Whether these are digests of another file. */
  contradict(checksums: readonly Checksum[]): boolean {
    return checksums.some(({ algorithm, hex }) => (this.#told.get(algorithm) ?? hex) !== hex);
  }

  /** What a source tells that takes part counts where nothing was known before. */
  adopt({ source, described }: DescribedSource): void {
    const { checksums, pieces } = described;
    if (this.contradict(checksums)) return;
    for (const { algorithm, hex } of checksums) this.#told.set(algorithm, hex);
    this.#checksum ??= checksums[0] ?? null;
    if (pieces != null && !this.#distrusted.has(source)) this.#lists.set(source, pieces);
  }

  /** What is known of the file when another source leads: only what was given counts still. */
  ledBy(lead: DescribedSource): FileDigests {
    const digests = new FileDigests(this.#given);
    digests.adopt(lead);
    return digests;
  }

  /** The pieces that this source tells are wrong. */
  distrust(source: Source): void {
    this.#distrusted.add(source);
    this.#lists.delete(source);
  }
}
