import assert from 'node:assert/strict';
import { IntervalSet } from '../../../../src/engine/transfer/intervalSet.ts';
import { type Run, RunPlan } from '../../../../src/engine/transfer/runPlan.ts';
import { forSeeds } from '../seededRandom.ts';

const MIB = 1024 * 1024;

function planFor(...missing: [number, number][]): RunPlan {
  return new RunPlan(new IntervalSet(missing.map(([start, end]) => ({ start, end }))));
}

describe('RunPlan', () => {
  it('is complete when nothing is missing', () => {
    assert.equal(planFor().isComplete, true);
    assert.equal(planFor().next({ position: 0, bytesPerSecond: 0 }, 1, 0), null);
    assert.equal(planFor().hasWork(0, 0), false);
  });

  it('lets a lane go on where it stands, and else starts at the first gap', () => {
    const plan = planFor([0, MIB], [5 * MIB, 9 * MIB]);
    const there = plan.next({ position: 5 * MIB, bytesPerSecond: 0 }, 1, 0);
    assert.equal(there?.kind === 'run' && there.run.start, 5 * MIB);
    const first = plan.next({ position: 7, bytesPerSecond: 0 }, 1, 0);
    assert.equal(first?.kind === 'run' && first.run.start, 0);
    assert.equal(first?.kind === 'run' && first.run.end, MIB);
  });

  it('takes back what a run did not receive, once', () => {
    const plan = planFor([0, 10]);
    const work = plan.next({ position: null, bytesPerSecond: 0 }, 1, 0);
    assert.ok(work?.kind === 'run');
    work.run.position = 4;
    plan.release(work.run);
    plan.release(work.run);
    const again = plan.next({ position: null, bytesPerSecond: 0 }, 1, 0);
    assert.ok(again?.kind === 'run');
    assert.deepEqual([again.run.start, again.run.end], [4, 10]);
    again.run.position = 10;
    plan.release(again.run);
    assert.equal(plan.isComplete, true);
  });

  it('gives a run that is leaving to nobody a second time', () => {
    const plan = planFor([0, 100_000]);
    const work = plan.next({ position: null, bytesPerSecond: 0 }, 1, 0);
    assert.ok(work?.kind === 'run');
    work.run.position = 10;
    const idle = { position: null, bytesPerSecond: MIB };
    assert.deepEqual(plan.next(idle, 2, 10_000), { kind: 'replace', from: work.run });
    assert.equal(plan.hasWork(MIB, 10_000), false);
    assert.equal(plan.next(idle, 2, 10_000), null);
    plan.release(work.run);
    assert.equal(plan.hasWork(MIB, 10_000), true);
  });

  it('keeps every byte in exactly one place, and comes to an end', async () => {
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
        let bytes = received.length + unassigned.length;
        for (const item of unassigned) all.add(item.start, item.end);
        for (const run of plan.runs) {
          assert.ok(run.start <= run.position && run.position <= run.end, 'a run is out of order');
          bytes += run.end - run.position;
          all.add(run.position, run.end);
        }
        assert.equal(bytes, wanted, 'a byte is in two places or in none');
        assert.equal(all.length, wanted);
      };

      for (let step = 0; !plan.isComplete; step++) {
        assert.ok(step < 20_000, 'it goes on for ever');
        nowMs += random.between(0, 400);
        const runs = [...plan.runs];
        const run: Run | undefined = runs.length > 0 ? random.pick(runs) : undefined;
        const lane = {
          position: random.chance(0.5) ? (run?.position ?? null) : null,
          bytesPerSecond: random.pick([0, 1000, 5 * MIB]),
        };
        if (runs.length < lanes && (run === undefined || random.chance(0.4))) {
          const has = plan.hasWork(lane.bytesPerSecond, nowMs);
          const work = plan.next(lane, lanes, nowMs);
          assert.equal(work !== null, has, 'hasWork and next contradict each other');
          if (work?.kind === 'run' || work?.kind === 'steal') assert.ok(work.run.end > work.run.start, 'an empty run');
        } else if (run !== undefined) {
          const end = random.chance(0.5) ? run.end : random.between(run.position, run.end);
          received.add(run.position, end);
          run.position = end;
          // Done, failed or stopped.
          if (end === run.end || run.leaving || random.chance(0.2)) plan.release(run);
        }
        if (received.length !== lastBytes) check();
        lastBytes = received.length;
      }
      check();
      assert.equal(received.length, wanted);
    });
  });
});
