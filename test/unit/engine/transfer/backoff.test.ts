import assert from 'node:assert/strict';
import { ERRORS, type ErrorCode, TributaryError } from '../../../../src/contract/errors.ts';
import { backoffMs, retryDelayMs } from '../../../../src/engine/transfer/backoff.ts';

describe('backoffMs', () => {
  const cases: [attempt: number, random: number, ms: number][] = [
    [1, 1, 250],
    [1, 0, 188],
    [2, 1, 500],
    [3, 1, 1000],
    [6, 1, 8000],
    [7, 1, 10_000],
    [7, 0, 7500],
    [2000, 1, 10_000],
  ];
  for (const [attempt, random, ms] of cases) {
    it(`attempt ${attempt}, random ${random}: ${ms} ms`, () => assert.equal(backoffMs(attempt, random), ms));
  }
});

describe('retryDelayMs', () => {
  const lost = new TributaryError('connection-lost');

  it('doubles with every failure and gives up after eight', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((failures) => retryDelayMs(lost, failures, true, 1));
    assert.deepEqual(delays, [250, 500, 1000, 2000, 4000, 8000, 10_000, null, null]);
  });

  it('gives up at once when the source has', () => {
    assert.equal(retryDelayMs(new TributaryError('idle-timeout', { givenUp: 1 }), 1, true, 1), null);
  });

  it('gives up after three where nothing was ever given', () => {
    const delays = [1, 2, 3].map((failures) =>
      retryDelayMs(new TributaryError('connection-refused'), failures, false, 1),
    );
    assert.deepEqual(delays, [250, 500, null]);
  });

  it('asks a busy server eight times, new to us or not', () => {
    assert.notEqual(retryDelayMs(new TributaryError('server-busy'), 7, false, 1), null);
    assert.equal(retryDelayMs(new TributaryError('server-busy'), 8, false, 1), null);
  });

  it('asks a server twice that ignores ranges', () => {
    assert.equal(retryDelayMs(new TributaryError('range-ignored'), 1, true, 1), 250);
    assert.equal(retryDelayMs(new TributaryError('range-ignored'), 2, true, 1), null);
  });

  it('tries again exactly what the catalogue calls transient', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      assert.equal(retryDelayMs(new TributaryError(code), 1, true, 1) !== null, ERRORS[code].transient, code);
    }
  });

  it('waits at least as long as the server asks, and never less than its own pause', () => {
    assert.equal(retryDelayMs(new TributaryError('server-busy', { retryAfterMs: 5000 }), 1, true, 1), 5000);
    assert.equal(retryDelayMs(new TributaryError('server-busy', { retryAfterMs: 0 }), 2, true, 1), 500);
    assert.equal(retryDelayMs(new TributaryError('server-busy', { retryAfterMs: 'soon' }), 1, true, 1), 250);
    assert.equal(retryDelayMs(new TributaryError('server-busy', { retryAfterMs: 5000 }), 8, true, 1), null);
  });
});
