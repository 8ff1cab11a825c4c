import assert from 'node:assert/strict';
import { SpeedMeter } from '../../../../src/engine/transfer/speedMeter.ts';

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 0.01 * expected, `${actual} is not about ${expected}`);
}

describe('SpeedMeter', () => {
  it('knows nothing before time has passed', () => {
    const meter = new SpeedMeter(1000);
    meter.add(5000);
    assert.equal(meter.read(1000), 0);
    near(meter.read(2000), 5000);
  });

  it('is right from the first reading on, and does not depend on how often it is read', () => {
    for (const stepMs of [50, 250, 1000]) {
      const meter = new SpeedMeter(0);
      for (let nowMs = stepMs; nowMs <= 10_000; nowMs += stepMs) {
        meter.add(stepMs * 7);
        near(meter.read(nowMs), 7000);
      }
    }
  });

  it('follows a change within a few seconds and falls to nothing', () => {
    const meter = new SpeedMeter(0);
    meter.add(10_000);
    meter.read(10_000);
    let speed = 0;
    for (let nowMs = 10_250; nowMs <= 20_000; nowMs += 250) {
      meter.add(2500);
      speed = meter.read(nowMs);
    }
    assert.ok(speed > 9500 && speed <= 10_000, String(speed));
    assert.equal(meter.read(60_000), 0);
  });

  it('is nothing after five silent seconds, and right at once when bytes come again', () => {
    const meter = new SpeedMeter(0);
    meter.add(10_000_000);
    meter.read(1000);
    let speed = 0;
    for (let nowMs = 1250; nowMs < 6000; nowMs += 250) speed = meter.read(nowMs);
    assert.ok(speed > 0, String(speed));
    for (let nowMs = 6000; nowMs <= 20_000; nowMs += 250) assert.equal(meter.read(nowMs), 0);
    meter.add(5000);
    near(meter.read(21_000), 5000);
  });

  it('takes a clock that stands still or goes back', () => {
    const meter = new SpeedMeter(1000);
    meter.add(100);
    assert.equal(meter.read(900), 0);
    assert.ok(Number.isFinite(meter.read(1100)));
  });
});
