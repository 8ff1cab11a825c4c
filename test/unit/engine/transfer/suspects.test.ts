import assert from 'node:assert/strict';
import { type Interval, IntervalSet } from '../../../../src/engine/transfer/intervalSet.ts';
import { Provenance } from '../../../../src/engine/transfer/provenance.ts';
import { Suspects } from '../../../../src/engine/transfer/suspects.ts';
import { forSeeds, type SeededRandom } from '../seededRandom.ts';

const SIZE = 100;

/** A file of which every byte is right or not, by who gave it. */
class ModelFile {
  readonly provenance = new Provenance<string>();
  readonly #right: boolean[] = new Array(SIZE).fill(false);
  /** Bytes asked of sources, over all trials. */
  fetched = 0;
  readonly #sources: ReadonlyMap<string, IntervalSet>;
  readonly #random: SeededRandom;

  /** @param sources what of the file each of them gives wrong */
  constructor(sources: ReadonlyMap<string, IntervalSet>, random: SeededRandom) {
    this.#sources = sources;
    this.#random = random;
  }

  get isRight(): boolean {
    return this.#right.every(Boolean);
  }

  /** Bytes of an earlier run: nobody knows who gave them. */
  leave(start: number, end: number, right: boolean): void {
    this.#right.fill(right, start, end);
  }

  /** Fetches what is not kept, in pieces, from whoever is allowed. */
  fill(kept: readonly Interval[], excluded: ReadonlySet<string>): void {
    const allowed = [...this.#sources].filter(([name]) => !excluded.has(name));
    assert.ok(allowed.length > 0, 'nobody is left to ask');
    for (const gap of new IntervalSet(kept).missing(SIZE)) {
      for (let at = gap.start; at < gap.end; ) {
        const end = Math.min(gap.end, at + this.#random.between(1, 30));
        const [name, wrong] = this.#random.pick(allowed);
        this.provenance.add(name, at, end);
        this.#right.fill(true, at, end);
        for (let byte = at; byte < end; byte++) {
          if (wrong.gaps(byte, byte + 1).length === 0) this.#right[byte] = false;
        }
        this.fetched += end - at;
        at = end;
      }
    }
  }
}

/** Trials until the file is right or nothing is left to try. */
function solve(
  file: ModelFile,
  names: readonly string[],
  earlier: readonly Interval[] = [],
): { trials: number; right: boolean } {
  file.fill(earlier, new Set());
  const suspects = new Suspects(() => names, SIZE);
  let trials = 0;
  while (!file.isRight) {
    const trial = suspects.next(file.provenance.contributions());
    if (trial === null) return { trials, right: false };
    assert.ok(++trials <= 2 * names.length + 1, 'more trials than there are suspects');
    file.fill(trial.kept, trial.excluded);
  }
  return { trials, right: true };
}

const ALL: readonly Interval[] = [{ start: 0, end: SIZE }];

function nothing(): IntervalSet {
  return new IntervalSet();
}

describe('Suspects', () => {
  it('leaves out first who gave least, keeps all the rest, and asks each alone when that was not it', () => {
    const suspects = new Suspects(() => ['a', 'b', 'c'], SIZE);
    const given = new Map<string, Interval[]>([
      ['a', [{ start: 0, end: 60 }]],
      [
        'b',
        [
          { start: 60, end: 65 },
          { start: 80, end: 85 },
        ],
      ],
      [
        'c',
        [
          { start: 65, end: 80 },
          { start: 85, end: SIZE },
        ],
      ],
    ]);
    const tries = [suspects.next(given), suspects.next(given), suspects.next(given)];
    assert.deepEqual(
      tries.map((trial) => trial?.suspect),
      ['b', 'c', 'a'],
    );
    assert.deepEqual(tries[0]?.kept, [
      { start: 0, end: 60 },
      { start: 65, end: 80 },
      { start: 85, end: SIZE },
    ]);
    assert.deepEqual(
      tries.map((trial) => [...(trial?.excluded ?? [])]),
      [['b'], ['c'], ['a']],
    );
    for (const others of [
      ['b', 'c'],
      ['a', 'c'],
      ['a', 'b'],
    ]) {
      const trial = suspects.next(given);
      assert.deepEqual([[...(trial?.excluded ?? [])], trial?.kept], [others, []]);
    }
    assert.equal(suspects.next(given), null);
  });

  it('takes bytes of an earlier run for one more suspect, whom nobody can leave out', () => {
    const suspects = new Suspects(() => ['a', 'b'], SIZE);
    const trial = suspects.next(
      new Map([
        ['a', [{ start: 10, end: 60 }]],
        ['b', [{ start: 60, end: SIZE }]],
      ]),
    );
    assert.deepEqual(trial, { suspect: null, excluded: new Set(), kept: [{ start: 10, end: SIZE }] });
  });

  it('does not ask a source alone a second time', () => {
    const suspects = new Suspects(() => ['a', 'b'], SIZE);
    const alone = new Map([['a', ALL]]);
    assert.equal(suspects.next(alone)?.suspect, 'a');
    assert.deepEqual([...(suspects.next(alone)?.excluded ?? [])], ['a'], 'a has given everything already');
    assert.equal(suspects.next(alone), null);
  });

  it('with one source there is nothing to find out', () => {
    assert.equal(new Suspects(() => ['a'], SIZE).next(new Map([['a', ALL]])), null);
  });

  it('with one source and bytes of an earlier run, fetches those again', () => {
    const suspects = new Suspects(() => ['a'], SIZE);
    const trial = suspects.next(new Map([['a', [{ start: 30, end: SIZE }]]]));
    assert.deepEqual([trial?.kept, trial?.suspect], [[{ start: 30, end: SIZE }], null]);
  });

  it('finds a right file whenever one source gives every byte right, and always comes to an end', async () => {
    await forSeeds(400, (random) => {
      const names = ['a', 'b', 'c', 'd'].slice(0, random.between(2, 4));
      const sources = new Map(
        names.map((name) => {
          const wrong = new IntervalSet();
          for (let n = random.between(1, 3); n > 0; n--) {
            const start = random.between(0, SIZE - 1);
            wrong.add(start, random.between(start + 1, SIZE));
          }
          return [name, wrong];
        }),
      );
      const honest = random.chance(0.8) ? random.pick(names) : null;
      if (honest !== null) sources.set(honest, nothing());
      const file = new ModelFile(sources, random);
      const earlier = random.chance(0.3) ? [{ start: 0, end: random.between(1, SIZE - 1) }] : [];
      for (const { start, end } of earlier) file.leave(start, end, random.chance(0.5));
      const { right } = solve(file, names, earlier);
      if (honest !== null) assert.ok(right, `${honest} gives everything right`);
    });
  });

  it('fetches no more than the share of the wrong source again when that is the one that gave least', async () => {
    await forSeeds(100, (random) => {
      const names = ['a', 'b', 'c'];
      const sources = new Map(names.map((name) => [name, name === 'b' ? new IntervalSet(ALL) : nothing()]));
      const file = new ModelFile(sources, random);
      file.fill([], new Set());
      const given = file.provenance.contributions();
      const shares = names.map((name) => (given.get(name) ?? []).reduce((sum, { start, end }) => sum + end - start, 0));
      const share = shares[1] ?? 0;
      const least = share > 0 && shares.every((other, index) => index === 1 || other > share || other === 0);
      if (!least) return;
      const before = file.fetched;
      const trial = new Suspects(() => names, SIZE).next(given);
      file.fill(trial?.kept ?? [], trial?.excluded ?? new Set());
      assert.ok(file.isRight);
      assert.equal(file.fetched - before, share);
    });
  });
});
