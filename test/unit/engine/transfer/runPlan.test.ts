import assert from 'node:assert/strict';
import { IntervalSet } from '../../../../src/engine/transfer/intervalSet.ts';
import type { Run } from '../../../../src/engine/transfer/run.ts';
import { type AskingLane, RunPlan } from '../../../../src/engine/transfer/runPlan.ts';
import { forSeeds } from '../seededRandom.ts';

const MIB = 1024 * 1024;

function planFor(...missing: [number, number][]): RunPlan {
  return new RunPlan(new IntervalSet(missing.map(([start, end]) => ({ start, end }))));
}

function lane(position: number | null, bytesPerSecond = 0, lanes = 1): AskingLane {
  const banned = new IntervalSet();
  return { position, bytesPerSecond, firstByteSeconds: 0, replacements: 0, share: 1 / lanes, banned };
}

describe('RunPlan', () => {
  it('is complete when nothing is missing', () => {
    assert.equal(planFor().isComplete, true);
    assert.equal(planFor().next(lane(0), 0), null);
    assert.equal(planFor().hasWork(lane(null), 0), false);
  });

  it('lets a lane go on where it stands, and else starts at the first gap', () => {
    const plan = planFor([0, MIB], [5 * MIB, 9 * MIB]);
    const there = plan.next(lane(5 * MIB), 0);
    assert.equal(there?.run.start, 5 * MIB);
    const first = plan.next(lane(7), 0);
    assert.equal(first?.run.start, 0);
    assert.equal(first?.run.end, MIB);
  });

  it('takes back what a run did not receive, once', () => {
    const plan = planFor([0, 10]);
    const work = plan.next(lane(null), 0);
    assert.ok(work);
    work.run.position = 4;
    plan.release(work.run);
    plan.release(work.run);
    const again = plan.next(lane(null), 0);
    assert.ok(again);
    assert.deepEqual([again.run.start, again.run.end], [4, 10]);
    again.run.position = 10;
    plan.release(again.run);
    assert.equal(plan.isComplete, true);
  });

  /** A run of 100 kB at its 10th byte, and another lane that races it for the rest. */
  function race(): { plan: RunPlan; slow: Run; fast: Run } {
    const plan = planFor([0, 100_000]);
    const slow = plan.next(lane(null), 0)?.run;
    assert.ok(slow);
    slow.position = 10;
    const fast = plan.next(lane(null, MIB, 2), 10_000)?.run;
    assert.ok(fast);
    return { plan, slow, fast };
  }

  it('lets two lanes race for a rest, but not three', () => {
    const { plan, fast } = race();
    assert.deepEqual([fast.start, fast.end], [10, 100_000]);
    assert.equal(plan.hasWork(lane(null, MIB), 12_000), false);
    assert.equal(plan.next(lane(null, MIB, 3), 12_000), null);
  });

  it('lets a third one take the place of the one that is behind, when both bring next to nothing', () => {
    for (const isFastAhead of [false, true]) {
      const { plan, slow, fast } = race();
      if (isFastAhead) fast.position = 500;
      const [ahead, behind] = isFastAhead ? [fast, slow] : [slow, fast];
      assert.equal(plan.next(lane(null, 0), 20_000), null, 'nobody knows what that lane can do');
      assert.equal(plan.hasWork(lane(null, MIB), 20_000), true);
      const work = plan.next(lane(null, MIB), 20_000);
      assert.equal(work?.relieved, behind);
      assert.deepEqual([work.run.start, work.run.end, work.run.rival], [ahead.position, 100_000, ahead]);
      behind.position += 5;
      assert.equal(plan.release(behind), null);
      assert.equal(plan.hasUnassigned, false);
      work.run.position = work.run.end;
      assert.equal(plan.release(work.run), ahead);
      plan.release(ahead);
      assert.equal(plan.isComplete, true);
    }
  });

  it('tells who is beaten, and misses nothing of that', () => {
    const { plan, slow, fast } = race();
    fast.position = fast.end;
    assert.equal(plan.release(fast), slow);
    assert.equal(plan.isComplete, false);
    assert.equal(plan.release(slow), null);
    assert.equal(plan.isComplete, true);
  });

  it('lets nobody race a beaten one again before it has stopped: nothing of it is missing', () => {
    const { plan, slow, fast } = race();
    fast.position = fast.end;
    assert.equal(plan.release(fast), slow);
    assert.equal(plan.hasWork(lane(null, MIB), 20_000), false);
    assert.equal(plan.next(lane(null, MIB), 20_000), null);
    assert.equal(plan.missingBytes, 0);
  });

  it('lets the other go on alone when one gives up, and forgets nothing that either has received', () => {
    for (const [position, otherPosition, start] of [
      [500, 90, 500],
      [90, 500, 500],
    ] as const) {
      const { plan, slow, fast } = race();
      slow.position = position;
      assert.equal(plan.release(slow), null);
      assert.equal(plan.hasUnassigned, false);
      fast.position = otherPosition;
      assert.equal(plan.release(fast), null);
      assert.equal(plan.next(lane(null), 30_000)?.run.start, start);
    }
  });

  it('keeps every byte in one place, or in two that race for it, and comes to an end', async () => {
    await forSeeds(200, (random) => {
      const size = random.pick([1, 1000, 3 * MIB, 40 * MIB]);
      const missing = new IntervalSet([{ start: 0, end: size }]);
      for (let n = random.between(0, 5); n > 0; n--) {
        const start = random.between(0, size);
        missing.remove(start, start + random.between(0, size / 4));
      }
      const wanted = missing.length;
      // The plan owns the set from here on, so it always tells what is unassigned.
      const unassigned = missing;
      const plan = new RunPlan(unassigned);
      const received = new IntervalSet();
      const lanes = random.between(1, 8);
      let nowMs = 0;
      let lastBytes = -1;

      const check = (): void => {
        const all = new IntervalSet(received);
        const open = new IntervalSet();
        for (const run of plan.runs) {
          assert.ok(run.start <= run.position && run.position <= run.end, 'a run is out of order');
          // Only two that race may fetch the same bytes.
          if (run.rival === null && !run.beaten) {
            const alone = open.gaps(run.position, run.end).reduce((sum, gap) => sum + gap.end - gap.start, 0);
            assert.equal(alone, run.end - run.position, 'a byte is in two runs');
          }
          open.add(run.position, run.end);
          all.add(run.position, run.end);
        }
        for (const { start, end } of unassigned) {
          assert.deepEqual([received.gaps(start, end), open.gaps(start, end)], [[{ start, end }], [{ start, end }]]);
          all.add(start, end);
        }
        assert.equal(all.length, wanted, 'a byte is lost');
      };

      for (let step = 0; !plan.isComplete; step++) {
        assert.ok(step < 20_000, 'it goes on for ever');
        nowMs += random.between(0, 400);
        for (const run of plan.runs) run.sample(nowMs);
        const runs = [...plan.runs];
        const run: Run | undefined = runs.length > 0 ? random.pick(runs) : undefined;
        const asking = lane(
          random.chance(0.5) ? (run?.position ?? null) : null,
          random.pick([0, 1000, 5 * MIB]),
          lanes,
        );
        if (runs.length < lanes && (run === undefined || random.chance(0.4))) {
          const has = plan.hasWork(asking, nowMs);
          const work = plan.next(asking, nowMs);
          assert.equal(work !== null, has, 'hasWork and next contradict each other');
          if (work) assert.ok(work.run.end > work.run.start, 'an empty run');
        } else if (run !== undefined) {
          const end = random.chance(0.5) ? run.end : random.between(run.position, run.end);
          received.add(run.position, end);
          run.position = end;
          // Done, failed or stopped.
          if (end === run.end || run.beaten || random.chance(0.2)) plan.release(run);
        }
        if (received.length !== lastBytes) check();
        lastBytes = received.length;
      }
      check();
      assert.equal(received.length, wanted);
    });
  });
});
