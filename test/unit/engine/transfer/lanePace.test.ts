import assert from 'node:assert/strict';
import { LanePace } from '../../../../src/engine/transfer/lanePace.ts';
import { LOOK_MS } from '../../../../src/engine/transfer/rampUp.ts';
import { Run } from '../../../../src/engine/transfer/run.ts';

const MIB = 1024 * 1024;
const PLENTY = 1e12;

/** Past the first look, which has seen nothing. */
function newPace(maxLanes = 16, missingBytes = PLENTY): LanePace {
  const pace = new LanePace({ maxLanes, nowMs: 0 });
  pace.tick(LOOK_MS, missingBytes);
  return pace;
}

/** A run that took a second for that many bytes, after a first byte that took that long. */
function learnRun(pace: LanePace, bytes: number, firstByteMs = 0): void {
  const run = new Run({ start: 0, end: bytes }, 0);
  run.received({ nowMs: () => firstByteMs });
  run.position = bytes;
  pace.learn(run, 1000);
}

describe('LanePace', () => {
  describe('lanes wanted', () => {
    const firsts: [maxLanes: number, missingBytes: number, target: number][] = [
      [16, PLENTY, 4],
      [3, PLENTY, 3],
      [1, PLENTY, 1],
      [16, 2 * MIB, 1],
      [16, 2 * MIB + 1, 2],
      [16, 0, 1],
    ];
    for (const [maxLanes, missingBytes, target] of firsts) {
      it(`are ${target} at first, of ${maxLanes}, for ${missingBytes} bytes`, () =>
        assert.equal(newPace(maxLanes, missingBytes).target, target));
    }

    it('is one until the first look, and stays one when that brings a lot', () => {
      const pace = new LanePace({ maxLanes: 16, nowMs: 0 });
      pace.received(8 * MIB);
      pace.tick(LOOK_MS - 1, PLENTY);
      assert.equal(pace.target, 1);
      pace.tick(LOOK_MS, PLENTY);
      assert.equal(pace.target, 1);
    });

    it('are four at once when the only one brings little any more', () => {
      const pace = new LanePace({ maxLanes: 16, nowMs: 0 });
      pace.received(8 * MIB);
      pace.tick(LOOK_MS, PLENTY);
      pace.received(40 * MIB);
      pace.tick(LOOK_MS + 100, PLENTY);
      assert.equal(pace.target, 1);
      pace.received(10 * MIB);
      pace.tick(LOOK_MS + 200, PLENTY);
      assert.equal(pace.target, 4);
    });

    /** What is received in each half second, and the lanes wanted after it. */
    const ramps: [what: string, steps: [bytes: number, target: number][]][] = [
      [
        'double while the speed grows, up to the most',
        [
          [1 * MIB, 8],
          [2 * MIB, 16],
          [4 * MIB, 16],
        ],
      ],
      [
        'stay when the speed grows by a tenth only',
        [
          [10 * MIB, 8],
          [11 * MIB, 8],
          [11 * MIB, 8],
        ],
      ],
      [
        'go on when the speed grows later',
        [
          [10 * MIB, 8],
          [10 * MIB, 8],
          [12 * MIB, 16],
        ],
      ],
      [
        'are compared with what they were raised at, not with the last half second',
        [
          [10 * MIB, 8],
          [5 * MIB, 8],
          [10 * MIB, 8],
        ],
      ],
      ['stay while nothing comes', [[0, 4]]],
    ];
    for (const [what, steps] of ramps) {
      it(what, () => {
        const pace = newPace();
        for (const [index, [bytes, target]] of steps.entries()) {
          pace.received(bytes);
          pace.tick((index + 1) * 500, PLENTY);
          assert.equal(pace.target, target, `after step ${index}`);
        }
      });
    }

    it('are no more than bring what a limit lets through, until it does not hold them back any more', () => {
      const pace = new LanePace({ maxLanes: 16, nowMs: 0 });
      for (let nowMs = 100; nowMs <= 2000; nowMs += 100) {
        pace.received(100_000);
        pace.tick(nowMs, PLENTY, nowMs % 400 === 0 ? 'reached' : 'open');
        assert.equal(pace.target, 1);
      }
      for (let nowMs = 2100; nowMs <= 2500; nowMs += 100) pace.tick(nowMs, PLENTY, 'open');
      assert.equal(pace.target, 4);
      pace.received(MIB);
      pace.tick(3000, PLENTY, 'reached');
      assert.equal(pace.target, 4);
      pace.received(MIB);
      pace.tick(3500, PLENTY, 'none');
      assert.equal(pace.target, 8);
    });

    it('are thought about every half second only', () => {
      const pace = newPace();
      pace.received(MIB);
      pace.tick(499, PLENTY);
      assert.equal(pace.target, 4);
      pace.tick(500, PLENTY);
      assert.equal(pace.target, 8);
    });

    it('are no more than the rest is worth, and never fewer than there are', () => {
      const pace = newPace();
      pace.received(MIB);
      pace.tick(500, 10 * MIB);
      assert.equal(pace.target, 5);
      pace.received(2 * MIB);
      pace.tick(1000, MIB);
      assert.equal(pace.target, 5);
    });
  });

  describe('what is usual', () => {
    it('is unknown before the first run', () =>
      assert.deepEqual(newPace().usual, {
        bytesPerSecond: 0,
        firstByteSeconds: 0,
        shortestFirstByteSeconds: 0,
        leastRunBytes: MIB,
      }));

    const speeds: [what: string, runs: number[], usual: number][] = [
      ['one run', [5], 5],
      ['the upper quartile', [1, 2, 3, 4], 4],
      ['the upper quartile, in any order', [8, 1, 7, 2, 6, 3, 5, 4], 7],
      ['not the best of many', [1, 1, 1, 1, 1, 1, 1, 9], 1],
      ['what a quarter of the lanes can do, though the others crawl', [1, 1, 1, 1, 1, 1, 9, 9], 9],
      ['the latest sixteen', [...new Array<number>(12).fill(9), ...new Array<number>(16).fill(2)], 2],
      ['still an older one among sixteen', [...new Array<number>(4).fill(9), ...new Array<number>(12).fill(2)], 9],
    ];
    for (const [what, runs, usual] of speeds) {
      it(what, () => {
        const pace = newPace();
        for (const mib of runs) learnRun(pace, mib * MIB);
        assert.equal(pace.usual.bytesPerSecond, usual * MIB);
      });
    }

    it('is not learnt from runs shorter than 256 KiB, but their first byte is', () => {
      const pace = newPace();
      learnRun(pace, 256 * 1024 - 1, 100);
      assert.deepEqual(pace.usual, {
        bytesPerSecond: 0,
        firstByteSeconds: 0.1,
        shortestFirstByteSeconds: 0.1,
        leastRunBytes: MIB,
      });
      learnRun(pace, 256 * 1024, 100);
      assert.equal(pace.usual.bytesPerSecond, 256 * 1024);
    });

    it('follows the time to the first byte slowly', () => {
      const pace = newPace();
      learnRun(pace, MIB, 100);
      learnRun(pace, MIB, 600);
      assert.ok(Math.abs(pace.usual.firstByteSeconds - 0.2) < 1e-9);
    });

    it('keeps the time to the first byte when a run had none', () => {
      const pace = newPace();
      learnRun(pace, MIB, 100);
      pace.learn(new Run({ start: 0, end: MIB }, 0), 1000);
      assert.equal(pace.usual.firstByteSeconds, 0.1);
    });
  });

  describe('what each lane should bring', () => {
    /** A second in which that many MiB came, and a run of 8 MiB/s. */
    function paceAfter(mib: number): LanePace {
      const pace = newPace();
      pace.received(mib * MIB);
      pace.tick(1000, PLENTY);
      learnRun(pace, 8 * MIB, 100);
      return pace;
    }

    const norms: [activeLanes: number, mibPerSecond: number][] = [
      [1, 8],
      [2, 8],
      [4, 4],
      [16, 1],
      [0, 8],
    ];
    for (const [activeLanes, mibPerSecond] of norms) {
      it(`is ${mibPerSecond} MiB/s of 16, for ${activeLanes} lanes of which a good one does 8`, () =>
        assert.deepEqual(paceAfter(16).norm(activeLanes), {
          bytesPerSecond: mibPerSecond * MIB,
          firstByteSeconds: 0.1,
          shortestFirstByteSeconds: 0.1,
          leastRunBytes: MIB,
        }));
    }

    it('is remembered for some time after the speed has fallen', () => {
      const pace = paceAfter(16);
      pace.tick(2000, PLENTY);
      assert.equal(pace.norm(4).bytesPerSecond, 0.95 * 4 * MIB);
      for (let second = 3; second <= 60; second++) pace.tick(second * 1000, PLENTY);
      assert.ok(pace.norm(4).bytesPerSecond < MIB);
    });
  });

  describe('what an idle lane is expected to bring', () => {
    it('is what is usual, though nothing flows', () => {
      const pace = newPace();
      learnRun(pace, 8 * MIB, 100);
      assert.deepEqual(pace.expected(4, 10_000), {
        bytesPerSecond: 8 * MIB,
        firstByteSeconds: 0.1,
        shortestFirstByteSeconds: 0.1,
        leastRunBytes: MIB,
      });
    });

    const shares: [activeLanes: number, mibPerSecond: number][] = [
      [0, 16],
      [1, 16],
      [4, 4],
    ];
    for (const [activeLanes, mibPerSecond] of shares) {
      it(`is its share of what flows, ${mibPerSecond} MiB/s for ${activeLanes} lanes, before a run was completed`, () => {
        const pace = newPace();
        pace.received(4 * MIB);
        assert.equal(pace.expected(activeLanes, 250).bytesPerSecond, mibPerSecond * MIB);
      });
    }

    it('is nothing in the moment it begins', () => {
      const pace = newPace();
      pace.received(MIB);
      assert.deepEqual(pace.expected(4, 0), {
        bytesPerSecond: 0,
        firstByteSeconds: 0,
        shortestFirstByteSeconds: 0,
        leastRunBytes: MIB,
      });
    });
  });

  it('wants twice as many lanes when some crawl, once in half a second, up to the most', () => {
    const pace = newPace(14);
    const targets = [0, 1, 499, 500, 999, 1000, 2000].map((nowMs) => {
      pace.helpCrawlers(nowMs);
      return pace.target;
    });
    assert.deepEqual(targets, [8, 8, 8, 14, 14, 14, 14]);
  });

  it('wants no more lanes than the server puts up with, for good, and one at least', () => {
    const pace = newPace();
    pace.lower(3);
    assert.equal(pace.target, 3);
    pace.received(100 * MIB);
    pace.tick(500, PLENTY);
    pace.helpCrawlers(500);
    assert.equal(pace.target, 3);
    pace.lower(8);
    pace.helpCrawlers(1500);
    assert.equal(pace.target, 3);
    pace.lower(0);
    assert.equal(pace.target, 1);
  });
});
