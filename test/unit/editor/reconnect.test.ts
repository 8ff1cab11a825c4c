import assert from 'node:assert/strict';
import { keepsFailing, recentFailures, reconnectDelayMs } from '../../../src/editor/reconnect.ts';

describe('reconnectDelayMs', () => {
  it('is none at first, then grows to 10 s and stays there', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100].map(reconnectDelayMs);
    assert.deepEqual(delays, [0, 250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  });
});

describe('keepsFailing', () => {
  it('means five failures within a minute', () => {
    assert.equal(keepsFailing([0, 1, 2, 3], 10), false);
    assert.equal(keepsFailing([0, 1, 2, 3, 4], 10), true);
    assert.equal(keepsFailing([0, 1, 2, 3, 4], 60_001), false);
  });

  it('forgets failures after a minute', () => {
    assert.deepEqual(recentFailures([0, 30_000, 59_999], 60_000), [30_000, 59_999]);
  });
});
