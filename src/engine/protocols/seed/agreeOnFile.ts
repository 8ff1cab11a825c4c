import { groupBy } from '../../../kit/groupBy.ts';

/** What one seed says of a file: all that is known of its version before its bytes. */
export interface FileClaim {
  readonly sizeBytes: number;
  /** Lower-case hex; null when the seed tells no digest. */
  readonly sha256: string | null;
}

/**
 * Which of the claims are of one and the same file: another size, or another digest, is another file and is never mixed.
 * Most seeds decide; when as many say one thing as another, those who were named first.
 * @param claims in the order of preference
 * @param begunBytes size of the file of which a part is there already: whoever has that one is preferred. @default none is
 */
export function agreeOnFile<T extends FileClaim>(claims: readonly T[], begunBytes: number | null = null): T[] {
  const begun = claims.filter(({ sizeBytes }) => sizeBytes === begunBytes);
  let best: T[] = [];
  for (const group of groupClaims(begun.length > 0 ? begun : claims)) if (group.length > best.length) best = group;
  return best;
}

/** Those that tell a digest first: who leads a download with one lets all others be checked by it. */
export function digestsFirst<T extends FileClaim>(claims: readonly T[]): T[] {
  return [...claims.filter(({ sha256 }) => sha256 !== null), ...claims.filter(({ sha256 }) => sha256 === null)];
}

/** Claims that can be of one file, together; one without a digest belongs to the largest group of its size. */
export function groupClaims<T extends FileClaim>(claims: readonly T[]): T[][] {
  const bySize = groupBy(claims, ({ sizeBytes }) => sizeBytes);
  return [...bySize.values()].flatMap((sameSize) => {
    const groups = [...groupBy(sameSize, ({ sha256 }) => sha256).values()];
    const told = groups.filter((group) => group[0]?.sha256 !== null);
    const untold = new Set(groups.find((group) => group[0]?.sha256 === null) ?? []);
    const largest = told.reduce<T[]>((most, group) => (group.length > most.length ? group : most), []);
    const joined = sameSize.filter((claim) => largest.includes(claim) || untold.has(claim));
    return [joined, ...told.filter((group) => group !== largest)];
  });
}
