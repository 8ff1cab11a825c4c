import { type Interval, IntervalSet } from './intervalSet.ts';

/** Which source the bytes of a part file came from; those of earlier runs came from nobody who is known. */
export class Provenance<S> {
  readonly #given = new Map<S, IntervalSet>();

  add(source: S, start: number, end: number): void {
    // A race, or a range that was fetched again: what was written last is what the file holds.
    this.forget(start, end);
    let given = this.#given.get(source);
    if (given === undefined) {
      given = new IntervalSet();
      this.#given.set(source, given);
    }
    given.add(start, end);
  }

  /** As `add`, for those parts of the range that the file holds. */
  addWithin(source: S, start: number, end: number, held: IntervalSet): void {
    const kept = new IntervalSet([{ start, end }]);
    for (const gap of held.gaps(start, end)) kept.remove(gap.start, gap.end);
    for (const interval of kept) this.add(source, interval.start, interval.end);
  }

  forget(start: number, end: number): void {
    for (const given of this.#given.values()) given.remove(start, end);
  }

  /** Who gave something of that range. */
  sourcesOf(start: number, end: number): S[] {
    const length = end - start;
    return [...this.#given.keys()].filter((source) => {
      const missing = this.#given.get(source)?.gaps(start, end) ?? [];
      return missing.reduce((sum, gap) => sum + gap.end - gap.start, 0) < length;
    });
  }

  /** How many bytes the file has of each source. */
  amounts(): Map<S, number> {
    return new Map([...this.#given].map(([source, given]) => [source, given.length]));
  }

  /** Every source with what the file has of it, ascending. */
  contributions(): Map<S, readonly Interval[]> {
    const found = [...this.#given].filter(([, given]) => !given.isEmpty);
    return new Map(found.map(([source, given]) => [source, [...given]]));
  }
}
