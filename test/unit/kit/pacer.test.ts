import assert from 'node:assert/strict';
import { Pacer, type PacerTime } from '../../../src/kit/pacer.ts';

/** A clock that stands still until it is told to go on. */
class ManualTime implements PacerTime {
  #nowMs = 0;
  #timers: { atMs: number; run: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void) {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.push(timer);
    return {
      dispose: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const timer of this.#timers.filter(({ atMs }) => atMs <= this.#nowMs)) timer.run();
  }
}

describe('Pacer', () => {
  let time: ManualTime;
  let runs: number;
  let pacer: Pacer;

  beforeEach(() => {
    time = new ManualTime();
    runs = 0;
    pacer = new Pacer(500, () => runs++, time);
  });

  it('runs the first request at once and the rest as one, when the gap is over', () => {
    pacer.request();
    assert.equal(runs, 1);
    for (let i = 0; i < 10; i++) pacer.request();
    time.advance(499);
    assert.equal(runs, 1);
    time.advance(1);
    assert.equal(runs, 2);
    time.advance(5000);
    assert.equal(runs, 2);
  });

  it('does what waits when it is told to run now', () => {
    pacer.request();
    pacer.request();
    pacer.runNow();
    assert.equal(runs, 2);
    time.advance(1000);
    assert.equal(runs, 2);
  });

  it('runs nothing after it was disposed', () => {
    pacer.request();
    pacer.request();
    pacer.dispose();
    time.advance(1000);
    assert.equal(runs, 1);
  });
});
