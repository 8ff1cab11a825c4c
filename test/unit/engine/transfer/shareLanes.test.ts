import assert from 'node:assert/strict';
import { type LaneClaim, type LaneMove, nextLaneMove } from '../../../../src/engine/transfer/shareLanes.ts';
import { forSeeds } from '../seededRandom.ts';

/** `wants 4 of speed 7`: lanes, whether it could use more, and what one of them brings. */
function claim(lanes: number, wantsMore: boolean, bytesPerSecond: number): LaneClaim {
  return { lanes, wantsMore, bytesPerSecond };
}

describe('nextLaneMove', () => {
  const cases: [what: string, maxLanes: number, claims: LaneClaim[], move: LaneMove | null][] = [
    ['nobody is there', 8, [], null],
    ['nobody wants more', 8, [claim(1, false, 5), claim(0, false, 9)], null],
    ['one wants one', 8, [claim(0, true, 0)], { to: 0, from: null }],
    ['who has none comes first, however slow', 8, [claim(2, true, 9), claim(0, true, 1)], { to: 1, from: null }],
    ['then who makes most of it', 8, [claim(2, true, 3), claim(2, true, 9)], { to: 1, from: null }],
    ['of equals, who has fewer', 8, [claim(3, true, 0), claim(2, true, 0)], { to: 1, from: null }],
    ['of equals in everything, who was given first', 8, [claim(2, true, 5), claim(2, true, 5)], { to: 0, from: null }],
    [
      'no lane is left, and one is slower by more than twice',
      4,
      [claim(2, true, 9), claim(2, true, 4)],
      { to: 0, from: 1 },
    ],
    ['no lane is left, and one is slower by just twice', 4, [claim(2, true, 8), claim(2, true, 4)], null],
    ['the slowest gives way', 6, [claim(2, true, 9), claim(2, false, 2), claim(2, false, 3)], { to: 0, from: 1 }],
    ['nobody gives up the last lane', 3, [claim(2, true, 9), claim(1, true, 1)], null],
    ['nobody gives way who has shown nothing yet', 4, [claim(2, true, 9), claim(2, false, 0)], null],
    [
      'for one that nobody has tried, any gives way, the slowest first',
      4,
      [claim(2, false, 9), claim(2, false, 3), claim(0, true, 0)],
      { to: 2, from: 1 },
    ],
    ['for one that nobody has tried, not the last lane of another', 1, [claim(1, false, 9), claim(0, true, 0)], null],
  ];
  for (const [what, maxLanes, claims, move] of cases) {
    it(what, () => assert.deepEqual(nextLaneMove(claims, maxLanes), move));
  }

  it('comes to rest, with every lane in use as long as somebody wants it, none below one, never more than allowed', async () => {
    await forSeeds(500, (random) => {
      const maxLanes = random.between(1, 16);
      const sources = Array.from({ length: random.between(1, 5) }, () => ({
        lanes: 0,
        limit: random.between(0, 16),
        bytesPerSecond: random.pick([0, 1, 3, 10, 100]),
      }));
      const claims = (): LaneClaim[] =>
        sources.map(({ lanes, limit, bytesPerSecond }) => claim(lanes, lanes < limit, bytesPerSecond));
      const total = (): number => sources.reduce((sum, { lanes }) => sum + lanes, 0);
      let moves = 0;
      for (let move = nextLaneMove(claims(), maxLanes); move !== null; move = nextLaneMove(claims(), maxLanes)) {
        assert.ok(++moves < 200, `it goes on for ever: ${JSON.stringify(sources)}`);
        const to = sources[move.to];
        const from = move.from === null ? undefined : sources[move.from];
        assert.ok(to !== undefined && to.lanes < to.limit, 'who gets it does not want it');
        if (from !== undefined) {
          from.lanes--;
          assert.ok(from.lanes >= 1, 'somebody lost the last lane');
        }
        to.lanes++;
        assert.ok(total() <= maxLanes);
      }
      const unmet = sources.filter(({ lanes, limit }) => lanes < limit);
      assert.ok(unmet.length === 0 || total() === maxLanes, 'a lane is free that somebody wants');
      // Whoever is left wanting is not much faster than anybody who has a lane to spare.
      for (const wanting of unmet) {
        for (const { lanes, bytesPerSecond } of sources) {
          const shouldGive = lanes > 1 && bytesPerSecond > 0 && wanting.bytesPerSecond > 2 * bytesPerSecond;
          const isBest = unmet.every((other) => other.bytesPerSecond <= wanting.bytesPerSecond && other.lanes > 0);
          assert.ok(!(shouldGive && isBest), 'a much slower source keeps lanes');
        }
      }
    });
  });
});
