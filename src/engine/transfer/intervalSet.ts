/** Half-open, in bytes. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** Disjoint half-open intervals, ascending, neighbours merged. */
export class IntervalSet {
  #items: Interval[];
  #length = 0;

  constructor(intervals: Iterable<Interval> = []) {
    this.#items = [];
    for (const { start, end } of intervals) this.add(start, end);
  }

  /** Bytes covered. */
  get length(): number {
    return this.#length;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  get first(): Interval | undefined {
    return this.#items[0];
  }

  [Symbol.iterator](): IterableIterator<Interval> {
    return this.#items[Symbol.iterator]();
  }

  add(start: number, end: number): void {
    if (end <= start) return;
    const from = this.#indexOfFirstEndingAtOrAfter(start);
    let to = from;
    let mergedStart = start;
    let mergedEnd = end;
    let overlap = 0;
    for (let item = this.#items[to]; item !== undefined && item.start <= end; item = this.#items[++to]) {
      overlap += item.end - item.start;
      mergedStart = Math.min(mergedStart, item.start);
      mergedEnd = Math.max(mergedEnd, item.end);
    }
    this.#items.splice(from, to - from, { start: mergedStart, end: mergedEnd });
    this.#length += mergedEnd - mergedStart - overlap;
  }

  remove(start: number, end: number): void {
    if (end <= start) return;
    const from = this.#indexOfFirstEndingAtOrAfter(start + 1);
    const kept: Interval[] = [];
    let to = from;
    for (let item = this.#items[to]; item !== undefined && item.start < end; item = this.#items[++to]) {
      this.#length -= Math.min(item.end, end) - Math.max(item.start, start);
      if (item.start < start) kept.push({ start: item.start, end: start });
      if (item.end > end) kept.push({ start: end, end: item.end });
    }
    this.#items.splice(from, to - from, ...kept);
  }

  clear(): void {
    this.#items = [];
    this.#length = 0;
  }

  /** What of `[0, size)` is not covered. */
  missing(size: number): IntervalSet {
    return new IntervalSet(this.gaps(0, size));
  }

  /** What of `[start, end)` is not covered, ascending. */
  gaps(start: number, end: number): Interval[] {
    const found: Interval[] = [];
    let from = start;
    for (let i = this.#indexOfFirstEndingAtOrAfter(start); from < end; i++) {
      const item = this.#items[i];
      if (item === undefined || item.start >= end) break;
      if (item.start > from) found.push({ start: from, end: item.start });
      from = Math.max(from, item.end);
    }
    if (from < end) found.push({ start: from, end });
    return found;
  }

  #indexOfFirstEndingAtOrAfter(offset: number): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const item = this.#items[middle];
      if (item !== undefined && item.end < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
