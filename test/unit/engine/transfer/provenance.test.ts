import assert from 'node:assert/strict';
import type { Interval } from '../../../../src/engine/transfer/intervalSet.ts';
import { Provenance } from '../../../../src/engine/transfer/provenance.ts';
import { forSeeds } from '../seededRandom.ts';

describe('Provenance', () => {
  it('knows of nobody at first', () => {
    const provenance = new Provenance<string>();
    assert.deepEqual(provenance.sourcesOf(0, 100), []);
    assert.equal(provenance.contributions().size, 0);
  });

  it('what was written last is what the file holds', () => {
    const provenance = new Provenance<string>();
    provenance.add('a', 0, 100);
    provenance.add('b', 40, 60);
    assert.deepEqual(
      [...provenance.contributions()],
      [
        [
          'a',
          [
            { start: 0, end: 40 },
            { start: 60, end: 100 },
          ],
        ],
        ['b', [{ start: 40, end: 60 }]],
      ],
    );
    assert.deepEqual(Object.fromEntries(provenance.amounts()), { a: 80, b: 20 });
    assert.deepEqual(provenance.sourcesOf(0, 40), ['a']);
    assert.deepEqual(provenance.sourcesOf(39, 41), ['a', 'b']);
    assert.deepEqual(provenance.sourcesOf(40, 60), ['b']);
  });

  it('leaves out whoever has nothing in the file any more', () => {
    const provenance = new Provenance<string>();
    provenance.add('a', 0, 10);
    provenance.add('b', 0, 10);
    assert.deepEqual([...provenance.contributions().keys()], ['b']);
    provenance.forget(0, 10);
    assert.equal(provenance.contributions().size, 0);
  });

  it('agrees with a list of owners, whatever is written, written over and forgotten', async () => {
    await forSeeds(200, (random) => {
      const size = 60;
      const owners: (string | null)[] = new Array(size).fill(null);
      const provenance = new Provenance<string>();
      for (let step = 0; step < 40; step++) {
        const start = random.between(0, size - 1);
        const end = random.between(start + 1, size);
        const source = random.pick(['a', 'b', 'c', null]);
        if (source === null) provenance.forget(start, end);
        else provenance.add(source, start, end);
        owners.fill(source, start, end);
        const from = random.between(0, size - 1);
        const to = random.between(from + 1, size);
        const expected = new Set(owners.slice(from, to).filter((owner) => owner !== null));
        assert.deepEqual(new Set(provenance.sourcesOf(from, to)), expected);
      }
      const held: (string | null)[] = new Array(size).fill(null);
      for (const [source, intervals] of provenance.contributions()) {
        let last: Interval = { start: -1, end: -1 };
        for (const interval of intervals) {
          assert.ok(interval.start > last.end, 'intervals ascend and do not touch');
          held.fill(source, interval.start, interval.end);
          last = interval;
        }
      }
      assert.deepEqual(held, owners);
    });
  });
});
