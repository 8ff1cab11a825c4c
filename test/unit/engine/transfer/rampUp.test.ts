import assert from 'node:assert/strict';
import { firstRamp, nextRamp, type Ramp, usefulLanes } from '../../../../src/engine/transfer/rampUp.ts';

const MIB = 1024 * 1024;

describe('usefulLanes', () => {
  const cases: [missingBytes: number, maxLanes: number, lanes: number][] = [
    [0, 16, 1],
    [-5, 16, 1],
    [1, 16, 1],
    [2 * MIB, 16, 1],
    [2 * MIB + 1, 16, 2],
    [32 * MIB, 16, 16],
    [1e12, 16, 16],
    [1e12, 1, 1],
  ];
  for (const [missingBytes, maxLanes, lanes] of cases) {
    it(`${missingBytes} bytes and at most ${maxLanes}: ${lanes}`, () =>
      assert.equal(usefulLanes(missingBytes, maxLanes), lanes));
  }
});

describe('firstRamp', () => {
  const cases: [what: string, useful: number, bytesPerSecond: number, lanes: number][] = [
    ['four lanes', 16, 10e6, 4],
    ['four lanes when nothing has come yet', 16, 0, 4],
    ['fewer where more are of no use', 2, 10e6, 2],
    ['one where that brings a lot', 16, 200e6, 1],
  ];
  for (const [what, useful, bytesPerSecond, lanes] of cases) {
    it(what, () => assert.equal(firstRamp(useful, bytesPerSecond).lanes, lanes));
  }
});

describe('nextRamp', () => {
  /** In units of 1 MB/s. */
  const cases: [
    what: string,
    lanes: number,
    before: [lanes: number, speed: number],
    useful: number,
    now: number,
    lanesNext: number,
  ][] = [
    ['twice as many when the speed grows', 4, [2, 100], 16, 111, 8],
    ['no more when it grows by a tenth only', 4, [2, 100], 16, 110, 4],
    ['no more when it falls', 8, [4, 100], 16, 50, 8],
    ['no more than are of use', 8, [4, 100], 10, 200, 10],
    ['from a standstill', 4, [4, 0], 16, 1, 8],
    ['never fewer than there are when they are slow', 8, [4, 100], 2, 200, 8],
    ['back to what was as fast, when each brings a lot', 2, [1, 1000], 16, 1050, 1],
    ['no way back to what was slower', 2, [1, 1000], 16, 1150, 4],
    ['no way back before any was raised', 4, [4, 1000], 16, 1000, 4],
  ];
  for (const [what, lanes, [lanesBefore, speedBefore], useful, now, lanesNext] of cases) {
    it(what, () => {
      const before = { lanes: lanesBefore, bytesPerSecond: speedBefore * 1e6 };
      assert.equal(nextRamp({ lanes, before, settled: false }, { useful, bytesPerSecond: now * 1e6 }).lanes, lanesNext);
    });
  }

  it('leaves a lane alone that brings as much as can be hashed, and tries more else', () => {
    const ramp = firstRamp(16, 600e6);
    assert.deepEqual([ramp.lanes, ramp.settled], [1, false]);
    assert.equal(nextRamp(ramp, { useful: 16, bytesPerSecond: 500e6, orderly: true }).settled, true);
    assert.equal(nextRamp(ramp, { useful: 16, bytesPerSecond: 400e6, orderly: true }).lanes, 2);
    assert.equal(nextRamp(ramp, { useful: 16, bytesPerSecond: 500e6 }).lanes, 2);
  });

  it('tries again only when the speed has fallen by half, and grows then', () => {
    const settled: Ramp = { lanes: 1, before: { lanes: 1, bytesPerSecond: 1000e6 }, settled: true };
    assert.equal(nextRamp(settled, { useful: 16, bytesPerSecond: 2000e6 }), settled);
    const fallen = nextRamp(settled, { useful: 16, bytesPerSecond: 100e6 });
    assert.equal(fallen.lanes, 1);
    assert.equal(nextRamp(fallen, { useful: 16, bytesPerSecond: 120e6 }).lanes, 2);
  });
});
