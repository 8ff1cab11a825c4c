import type { OfferedFile, SeedFileSnapshot, SeedsSnapshot } from '../../contract/seedApi.ts';
import { groupBy } from '../../kit/groupBy.ts';

/** `file 9` before `file 10`, and umlauts where a reader looks for them. */
const names = new Intl.Collator(undefined, { numeric: true });
const known = new WeakMap<SeedsSnapshot, FoundFiles>();

/** The files that were found, by seed and name: thousands of lines are compared with them at every refresh of the view. */
export class FoundFiles {
  readonly #offered: ReadonlyMap<string, ReadonlyMap<string, OfferedFile>>;
  readonly #unique: ReadonlyMap<string, readonly SeedFileSnapshot[]>;

  private constructor({ peers, files }: SeedsSnapshot) {
    const offers = peers.map(({ address, files: own }) => {
      const sorted = [...own].sort(byName).map((file) => [file.name, file] as const);
      return [address, new Map(sorted)] as const;
    });
    this.#offered = new Map(offers);
    this.#unique = groupBy(files, ({ name }) => name);
  }

  static of(found: SeedsSnapshot): FoundFiles {
    const files = known.get(found) ?? new FoundFiles(found);
    known.set(found, files);
    return files;
  }

  /** In the order in which people look for them. */
  namesOf(seed: string): readonly string[] {
    return [...(this.#offered.get(seed)?.keys() ?? [])];
  }

  offered(seed: string, name: string): OfferedFile | null {
    return this.#offered.get(seed)?.get(name) ?? null;
  }

  /** The same file with all seeds that have it. */
  unique(seed: string, name: string): SeedFileSnapshot | null {
    const offered = this.offered(seed, name);
    if (offered === null) return null;
    const isHere = ({ addresses }: SeedFileSnapshot) => addresses.some((address) => isOfSeed(address, seed));
    return this.#unique.get(name)?.find((file) => isSameFile(file, offered) && isHere(file)) ?? null;
  }
}

/** Compares as people do. */
export function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return names.compare(left.name, right.name);
}

/** Whether the address of a file is one of this seed. */
export function isOfSeed(address: string, seed: string): boolean {
  return address.startsWith(`seed://${seed}/`);
}

/** A digest that only one of them tells leaves the size. */
function isSameFile(left: OfferedFile, right: OfferedFile): boolean {
  const sameDigest = left.sha256 === null || right.sha256 === null || left.sha256 === right.sha256;
  return left.sizeBytes === right.sizeBytes && sameDigest;
}
