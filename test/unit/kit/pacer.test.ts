import assert from 'node:assert/strict';
import { Pacer } from '../../../src/kit/pacer.ts';
import { ManualTime } from './manualTime.ts';

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
