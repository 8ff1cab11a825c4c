import { type Interval, IntervalSet } from './intervalSet.ts';

/** What to fetch again, and from whom not, to find out who gave wrong bytes. */
export interface Trial<S> {
  readonly excluded: ReadonlySet<S>;
  /** Of what the file holds, what stays. */
  readonly kept: readonly Interval[];
  /** Who is guilty when the file is right after that; null: bytes of an earlier run. */
  readonly suspect: S | null;
}

/**
 * A whole file is wrong and came from several sources: finds out which of them gave other bytes, without starting again
 * blindly. First each source in turn is left out and only what it gave is fetched from the others, the one that gave
 * least first; bytes of earlier runs, of which nobody knows who gave them, count as a source. When that does not help,
 * several are wrong, and each source gives the whole file alone.
 */
export class Suspects<S> {
  readonly #sources: () => readonly S[];
  readonly #sizeBytes: number;
  readonly #tried = new Set<S | null>();
  readonly #alone = new Set<S>();

  /** @param sources those that can be asked now: some may join later */
  constructor(sources: () => readonly S[], sizeBytes: number) {
    this.#sources = sources;
    this.#sizeBytes = sizeBytes;
  }

  /**
   * @param contributions what the file, which is still wrong, holds of each source now
   * @returns null when nothing is left to try
   */
  next(contributions: ReadonlyMap<S, readonly Interval[]>): Trial<S> | null {
    const given = new Map<S | null, readonly Interval[]>(contributions);
    const earlier = new IntervalSet([...contributions.values()].flat()).missing(this.#sizeBytes);
    if (!earlier.isEmpty) given.set(null, [...earlier]);
    if (given.size === 1) for (const source of contributions.keys()) this.#alone.add(source);
    return this.#leaveOneOut(given) ?? this.#askOneAlone();
  }

  #leaveOneOut(given: ReadonlyMap<S | null, readonly Interval[]>): Trial<S> | null {
    const candidates = [...given]
      .filter(([source]) => !this.#tried.has(source))
      .filter(([source]) => this.#sources().some((other) => other !== source))
      .sort(([, a], [, b]) => lengthOf(a) - lengthOf(b));
    const [first] = candidates;
    if (first === undefined) return null;
    const [suspect, intervals] = first;
    this.#tried.add(suspect);
    const kept = new IntervalSet([{ start: 0, end: this.#sizeBytes }]);
    for (const { start, end } of intervals) kept.remove(start, end);
    return { excluded: new Set(suspect === null ? [] : [suspect]), kept: [...kept], suspect };
  }

  #askOneAlone(): Trial<S> | null {
    const sources = this.#sources();
    const source = sources.find((candidate) => !this.#alone.has(candidate));
    if (source === undefined) return null;
    this.#alone.add(source);
    return { excluded: new Set(sources.filter((other) => other !== source)), kept: [], suspect: null };
  }
}

function lengthOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { start, end }) => sum + end - start, 0);
}
