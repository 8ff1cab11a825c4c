import assert from 'node:assert/strict';
import { ReturningSeeds, type StrandedTask } from '../../../../src/engine/seeds/returningSeeds.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

describe('ReturningSeeds', () => {
  function open(task: StrandedTask, isOffered: () => boolean) {
    const clock = new VirtualClock();
    const resumedMs: number[] = [];
    const stranded = { ...task };
    const watch = new ReturningSeeds({
      clock,
      failed: () => [stranded],
      isOffered: async () => isOffered(),
      resume: async () => void resumedMs.push(clock.nowMs()),
    });
    return { clock, resumedMs, stranded, watch };
  }

  function pass(clock: VirtualClock, ms: number): Promise<void> {
    return clock.runUntil(clock.sleep(ms, new AbortController()), Number.POSITIVE_INFINITY);
  }

  const task: StrandedTask = { id: 'aaaaaaaa', code: 'connection-refused', receivedBytes: 0, links: ['seed:///f'] };

  it('lets a download go on when a seed is there again, less and less often when that brings nothing', async () => {
    let isThere = false;
    const { clock, resumedMs, watch } = open(task, () => isThere);
    await pass(clock, 60_000);
    assert.deepEqual(resumedMs, []);
    isThere = true;
    await pass(clock, 600_000);
    const gaps = resumedMs.slice(1).map((atMs, at) => atMs - (resumedMs[at] ?? 0));
    assert.deepEqual(gaps.slice(0, 4), [10_000, 15_000, 25_000, 45_000]);
    watch.dispose();
  });

  it('does not let one go on that failed for another reason', async () => {
    const { clock, resumedMs, watch } = open({ ...task, code: 'checksum-mismatch' }, () => true);
    await pass(clock, 60_000);
    assert.deepEqual(resumedMs, []);
    watch.dispose();
  });
});
