import assert from 'node:assert/strict';
import { IntervalSet } from '../../../../src/engine/transfer/intervalSet.ts';
import { forSeeds } from '../seededRandom.ts';

function pairs(set: IntervalSet): [number, number][] {
  return [...set].map(({ start, end }) => [start, end]);
}

function setOf(...items: [number, number][]): IntervalSet {
  return new IntervalSet(items.map(([start, end]) => ({ start, end })));
}

describe('IntervalSet', () => {
  const additions: [before: [number, number][], added: [number, number], after: [number, number][]][] = [
    [[], [0, 0], []],
    [[], [5, 4], []],
    [[], [0, 1], [[0, 1]]],
    [[[0, 5]], [5, 10], [[0, 10]]],
    [[[5, 10]], [0, 5], [[0, 10]]],
    [
      [[0, 5]],
      [6, 10],
      [
        [0, 5],
        [6, 10],
      ],
    ],
    [
      [
        [0, 5],
        [10, 15],
      ],
      [5, 10],
      [[0, 15]],
    ],
    [
      [
        [0, 5],
        [10, 15],
      ],
      [4, 11],
      [[0, 15]],
    ],
    [
      [
        [0, 5],
        [10, 15],
        [20, 25],
      ],
      [2, 22],
      [[0, 25]],
    ],
    [[[0, 5]], [1, 4], [[0, 5]]],
    [[[2, 4]], [0, 9], [[0, 9]]],
  ];
  for (const [before, added, after] of additions) {
    it(`${JSON.stringify(before)} and ${JSON.stringify(added)} make ${JSON.stringify(after)}`, () => {
      const set = setOf(...before);
      set.add(...added);
      assert.deepEqual(pairs(set), after);
    });
  }

  const removals: [before: [number, number][], removed: [number, number], after: [number, number][]][] = [
    [[[0, 10]], [0, 0], [[0, 10]]],
    [[[0, 10]], [0, 1], [[1, 10]]],
    [[[0, 10]], [9, 10], [[0, 9]]],
    [
      [[0, 10]],
      [4, 6],
      [
        [0, 4],
        [6, 10],
      ],
    ],
    [[[0, 10]], [0, 10], []],
    [[[5, 10]], [0, 5], [[5, 10]]],
    [[[5, 10]], [10, 15], [[5, 10]]],
    [
      [
        [0, 5],
        [10, 15],
        [20, 25],
      ],
      [4, 21],
      [
        [0, 4],
        [21, 25],
      ],
    ],
    [[], [0, 100], []],
  ];
  for (const [before, removed, after] of removals) {
    it(`${JSON.stringify(before)} without ${JSON.stringify(removed)} is ${JSON.stringify(after)}`, () => {
      const set = setOf(...before);
      set.remove(...removed);
      assert.deepEqual(pairs(set), after);
    });
  }

  it('agrees with a bitmap, whatever is added and removed', async () => {
    await forSeeds(300, (random) => {
      const size = random.pick([8, 40, 300]);
      const bitmap = new Array<boolean>(size).fill(false);
      const set = new IntervalSet();
      for (let step = 0; step < 60; step++) {
        const start = random.between(0, size);
        const end = Math.min(size, start + random.between(0, size / 3));
        const adds = random.chance(0.5);
        bitmap.fill(adds, start, end);
        if (adds) set.add(start, end);
        else set.remove(start, end);

        assert.equal(set.length, bitmap.filter(Boolean).length);
        assert.equal(set.isEmpty, set.length === 0);
        const items = [...set];
        assert.deepEqual(set.first, items[0]);
        for (const [i, item] of items.entries()) {
          assert.ok(item.start < item.end, 'an empty interval');
          assert.ok(i === 0 || (items[i - 1]?.end ?? 0) < item.start, 'neighbours are not merged');
        }
        const covered = new Array<boolean>(size).fill(false);
        for (const item of items) covered.fill(true, item.start, item.end);
        assert.deepEqual(covered, bitmap);
        const missing = set.missing(size);
        assert.equal(missing.length, size - set.length);
        for (const item of missing) assert.ok(bitmap.slice(item.start, item.end).every((bit) => !bit));
      }
    });
  });

  it('works beyond 32 bits', () => {
    const big = 35_000_000_000;
    const set = setOf([0, big], [big, 2 * big]);
    assert.deepEqual(pairs(set), [[0, 2 * big]]);
    assert.equal(set.length, 2 * big);
  });

  it('misses nothing of an empty file, and all of a file of which it has nothing', () => {
    assert.equal(new IntervalSet().missing(0).isEmpty, true);
    assert.deepEqual(pairs(new IntervalSet().missing(7)), [[0, 7]]);
    assert.equal(setOf([0, 9]).missing(7).isEmpty, true);
  });
});
