import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS, type EngineSettings } from '../../../src/contract/settings.ts';
import { Limits } from '../../../src/engine/limits.ts';
import { Task } from '../../../src/engine/tasks/task.ts';
import { Throttle } from '../../../src/engine/transfer/throttle.ts';
import { VirtualClock } from '../../support/virtualClock.ts';
import { sampleRecord } from './tasks/sampleRecord.ts';
import { ScriptedSource } from './transfer/scriptedSource.ts';

const HOUR_MS = 3600_000;

describe('Limits', () => {
  let clock: VirtualClock;
  let limits: Limits;
  let task: Task;
  /** The local time of day at the beginning. */
  let startHour: number;

  beforeEach(() => {
    clock = new VirtualClock();
    startHour = 8;
    limits = new Limits({ clock, date: () => new Date(2026, 0, 5, startHour, 0, 0, clock.nowMs()) });
    task = new Task(sampleRecord(), {}, new Throttle(clock));
  });
  afterEach(() => limits.dispose());

  function configure(changes: Partial<EngineSettings>): void {
    limits.configure({ ...DEFAULT_SETTINGS, ...changes });
  }

  function source(host: string): ScriptedSource {
    return new ScriptedSource(0, () => {}, { host });
  }

  /** Milliseconds to wait once a million bytes have come from there; 0: no limit. */
  function waitAfterMillion(host: string): number {
    const throttles = limits.throttlesOf(task, source(host));
    for (const throttle of throttles) throttle.take(1_000_000);
    return Math.max(...throttles.map((throttle) => throttle.waitMs()));
  }

  async function pass(ms: number): Promise<void> {
    await clock.runUntil(clock.sleep(ms, { signal: new AbortController().signal }), 100 * HOUR_MS);
  }

  it('hold nothing up at first', () => assert.equal(waitAfterMillion('a.example'), 0));

  it('hold overall, whatever the host', () => {
    configure({ limitBytesPerSecond: 1_000_000 });
    assert.equal(waitAfterMillion('a.example'), 1000);
    assert.equal(waitAfterMillion('b.example'), 2000);
  });

  it('hold for a host, with its port when that is not the usual one, and for no other', () => {
    configure({ hostLimits: { 'a.example': 500_000, 'b.example:8080': 250_000 } });
    assert.equal(waitAfterMillion('a.example'), 2000);
    assert.equal(waitAfterMillion('b.example:8080'), 4000);
    assert.equal(waitAfterMillion('b.example'), 0);
    assert.equal(waitAfterMillion('a.example:444'), 0);
  });

  it('hold for the task', () => {
    task.throttle.setLimit(100_000);
    assert.equal(waitAfterMillion('a.example'), 10_000);
  });

  it('change while bytes flow: what was handed out before holds the new ones', () => {
    const throttles = limits.throttlesOf(task, source('a.example'));
    assert.ok(throttles.every(({ limited }) => !limited));
    configure({ hostLimits: { 'a.example': 1000 } });
    assert.ok(throttles.some(({ limited }) => limited));
    configure({});
    assert.ok(throttles.every(({ limited }) => !limited));
  });

  it('follow the hours, in both directions, a few seconds late at most', async () => {
    configure({
      limitBytesPerSecond: 1_000_000,
      limitSchedule: [{ days: [], fromMinute: 9 * 60, toMinute: 10 * 60, bytesPerSecond: 100_000 }],
    });
    const [overall] = limits.throttlesOf(task, source('a.example'));
    assert.ok(overall !== undefined);
    const waitFor = (bytes: number): number => {
      overall.take(bytes);
      return overall.waitMs();
    };
    await pass(HOUR_MS - 1000);
    assert.equal(waitFor(1_100_000), 1000, 'the usual limit, after its burst of a tenth of a second');
    await pass(6000);
    assert.equal(waitFor(110_000), 1000, 'the limit of the hour');
    await pass(HOUR_MS);
    assert.equal(waitFor(1_100_000), 1000, 'the usual one again');
  });

  it('can be none for some hours', () => {
    startHour = 9;
    configure({
      limitBytesPerSecond: 1,
      limitSchedule: [{ days: [], fromMinute: 9 * 60, toMinute: 10 * 60, bytesPerSecond: 0 }],
    });
    assert.equal(waitAfterMillion('a.example'), 0);
  });

  it('follow no hours any more once they are disposed', async () => {
    configure({ limitSchedule: [{ days: [], fromMinute: 9 * 60, toMinute: 10 * 60, bytesPerSecond: 1 }] });
    limits.dispose();
    await pass(2 * HOUR_MS - 60_000);
    assert.equal(waitAfterMillion('a.example'), 0);
  });
});
