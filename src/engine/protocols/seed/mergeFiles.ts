import { groupBy } from '../../../kit/groupBy.ts';
import { digestsFirst, type FileClaim, groupClaims } from './agreeOnFile.ts';

/** A file that seeds offer. */
export interface SeedFile extends FileClaim {
  readonly name: string;
  /** Who has it; those who tell a digest first. */
  readonly seeds: readonly string[];
}

/** What all seeds offer, each file once: by name, and by size and digest where these differ. */
export function mergeFiles(
  offers: readonly { readonly seed: string; readonly files: readonly (FileClaim & { readonly name: string })[] }[],
): SeedFile[] {
  const all = offers.flatMap(({ seed, files }) => files.map((file) => ({ ...file, seed })));
  const byName = [...groupBy(all, ({ name }) => name)];
  return byName
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, claims]) =>
      groupClaims(claims).map((group) => ({
        name,
        sizeBytes: group[0]?.sizeBytes ?? 0,
        sha256: group.find(({ sha256 }) => sha256 !== null)?.sha256 ?? null,
        seeds: digestsFirst(group).map(({ seed }) => seed),
      })),
    );
}
