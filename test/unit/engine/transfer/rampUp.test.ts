import assert from 'node:assert/strict';
import { nextLaneTarget, usefulLanes } from '../../../../src/engine/transfer/rampUp.ts';

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

describe('nextLaneTarget', () => {
  const cases: [what: string, lanes: number, useful: number, now: number, before: number | null, target: number][] = [
    ['four at first', 1, 16, 0, null, 4],
    ['fewer at first where more are of no use', 1, 2, 0, null, 2],
    ['twice as many when the speed grows', 4, 16, 111, 100, 8],
    ['no more when it grows by a tenth only', 4, 16, 110, 100, 4],
    ['no more when it falls', 8, 16, 50, 100, 8],
    ['no more than are of use', 8, 10, 200, 100, 10],
    ['from a standstill', 4, 16, 1, 0, 8],
    ['never fewer than there are', 8, 2, 200, 100, 8],
  ];
  for (const [what, lanes, useful, bytesPerSecond, previousBytesPerSecond, target] of cases) {
    it(what, () => assert.equal(nextLaneTarget({ lanes, useful, bytesPerSecond, previousBytesPerSecond }), target));
  }
});
