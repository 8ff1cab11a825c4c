import assert from 'node:assert/strict';
import { limitState, Throttle } from '../../../../src/engine/transfer/throttle.ts';
import { forSeeds } from '../seededRandom.ts';

describe('Throttle', () => {
  let nowMs = 0;
  let throttle: Throttle;

  beforeEach(() => {
    nowMs = 1000;
    throttle = new Throttle({ nowMs: () => nowMs });
  });

  it('never holds anything up without a limit', () => {
    assert.equal(throttle.limited, false);
    throttle.take(1e12);
    assert.equal(throttle.waitMs(), 0);
  });

  it('makes up for what came too early', () => {
    throttle.setLimit(1000);
    assert.equal(throttle.limited, true);
    assert.equal(throttle.waitMs(), 0);
    throttle.take(500);
    assert.equal(throttle.waitMs(), 500);
    nowMs += 499;
    assert.equal(throttle.waitMs(), 1);
    nowMs += 1;
    assert.equal(throttle.waitMs(), 0);
  });

  it('tells whether it is reached, also of a debt that was paid a moment ago', () => {
    const other = new Throttle({ nowMs: () => nowMs });
    throttle.take(1000);
    assert.equal(limitState([throttle, other]), 'none');
    throttle.setLimit(1_000_000);
    assert.equal(limitState([throttle, other]), 'open');
    nowMs += 1000;
    throttle.take(100_000);
    assert.equal(limitState([throttle, other]), 'open');
    throttle.take(1000);
    assert.equal(limitState([other, throttle]), 'reached');
    nowMs += 100;
    assert.equal(throttle.waitMs(), 0);
    assert.equal(limitState([throttle, other]), 'reached');
    nowMs += 1;
    assert.equal(limitState([throttle, other]), 'open');
    throttle.take(1_000_000);
    nowMs += 500;
    assert.equal(limitState([throttle, other]), 'reached');
    throttle.setLimit(0);
    assert.equal(limitState([throttle, other]), 'none');
  });

  it('saves up no more than a tenth of a second', () => {
    throttle.setLimit(1000);
    nowMs += 60_000;
    throttle.take(100);
    assert.equal(throttle.waitMs(), 0);
    throttle.take(1);
    assert.equal(throttle.waitMs(), 1);
  });

  it('lets go at once when the limit is lifted', () => {
    throttle.setLimit(10);
    throttle.take(1e6);
    throttle.setLimit(0);
    assert.equal(throttle.waitMs(), 0);
  });

  it('forgets old debts when a limit is set anew', () => {
    throttle.setLimit(1000);
    throttle.take(1e6);
    throttle.setLimit(0);
    nowMs += 3_600_000;
    throttle.setLimit(1000);
    assert.equal(throttle.waitMs(), 0);
  });

  it('holds the limit over time, whatever comes when, also when it changes', async () => {
    await forSeeds(100, (random) => {
      let now = 0;
      const limited = new Throttle({ nowMs: () => now });
      const rate = random.pick([1000, 50_000, 20_000_000]);
      limited.setLimit(rate);
      let taken = 0;
      while (now < 30_000) {
        const waitMs = limited.waitMs();
        if (waitMs > 0) now += waitMs;
        else {
          const bytes = random.between(1, Math.ceil(rate / 20));
          limited.take(bytes);
          taken += bytes;
          now += random.between(0, 3);
        }
      }
      const expected = (rate * now) / 1000;
      assert.ok(Math.abs(taken - expected) <= 0.17 * rate + 0.002 * expected, `${taken} of ${expected}`);
    });
  });
});
