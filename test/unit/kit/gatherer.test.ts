import assert from 'node:assert/strict';
import { Gatherer } from '../../../src/kit/gatherer.ts';
import { ManualTime } from './manualTime.ts';

describe('Gatherer', () => {
  let time: ManualTime;
  let passed: (readonly number[])[];
  let gatherer: Gatherer<number>;

  beforeEach(() => {
    time = new ManualTime();
    passed = [];
    const limits = { quietMs: 1000, longestMs: 5000, gapMs: 10_000 };
    gatherer = new Gatherer(limits, (things) => passed.push(things), time);
  });

  it('passes on together what comes one after the other', () => {
    for (const thing of [1, 2, 3, 4]) {
      gatherer.add([thing]);
      time.advance(900);
    }
    assert.deepEqual(passed, []);
    time.advance(100);
    assert.deepEqual(passed, [[1, 2, 3, 4]]);
  });

  it('does not wait for ever for an end', () => {
    for (let thing = 1; thing <= 6; thing++) {
      gatherer.add([thing]);
      time.advance(900);
    }
    assert.deepEqual(passed, [[1, 2, 3, 4, 5, 6]]);
  });

  it('keeps a gap between one time and the next', () => {
    gatherer.add([1]);
    time.advance(1000);
    gatherer.add([2]);
    time.advance(9999);
    assert.deepEqual(passed, [[1]]);
    time.advance(1);
    assert.deepEqual(passed, [[1], [2]]);
  });

  it('passes nothing on when there is nothing, or when it was disposed of', () => {
    gatherer.add([]);
    gatherer.add([1]);
    gatherer.dispose();
    time.advance(20_000);
    assert.deepEqual(passed, []);
  });
});
