import assert from 'node:assert/strict';
import type { ErrorInfo } from '../../../../src/contract/errors.ts';
import { RETRY_PAUSES_MS, Retries, retryPauseMs } from '../../../../src/engine/tasks/retries.ts';
import { Task } from '../../../../src/engine/tasks/task.ts';
import { Throttle } from '../../../../src/engine/transfer/throttle.ts';
import { systemClock } from '../../../../src/kit/clock.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { sampleRecord } from './sampleRecord.ts';

const lost: ErrorInfo = { code: 'connection-lost', args: { host: 'h' } };

describe('retryPauseMs', () => {
  it('waits longer and longer, and half a day in all', () => {
    const pauses = Array.from({ length: 80 }, (_, attempts) => retryPauseMs(lost, { attempts, receivedBytes: 1 }));
    assert.deepEqual(pauses.slice(0, 7), [30_000, 60_000, 120_000, 300_000, 600_000, 600_000, 600_000]);
    const given = pauses.filter((pause) => pause !== null);
    const hours = given.reduce((sum, pause) => sum + pause, 0) / 3_600_000;
    assert.ok(hours > 11 && hours < 13, `${hours} h`);
  });

  it('tries what has never brought a byte a few times only', () => {
    assert.equal(retryPauseMs(lost, { attempts: 4, receivedBytes: 0 }), 600_000);
    assert.equal(retryPauseMs(lost, { attempts: 5, receivedBytes: 0 }), null);
  });

  it('leaves alone what does not get better by itself', () => {
    for (const code of ['not-found', 'checksum-mismatch', 'file-exists', 'internal', 'engine-lost'] as const)
      assert.equal(retryPauseMs({ code, args: {} }, { attempts: 0, receivedBytes: 1 }), null, code);
  });

  it('waits as long as the server asks for', () => {
    const busy: ErrorInfo = { code: 'server-busy', args: { host: 'h', status: 503, retryAfterMs: 3_600_000 } };
    assert.equal(retryPauseMs(busy, { attempts: 0, receivedBytes: 1 }), 3_600_000);
  });
});

describe('Retries', () => {
  const clock = new VirtualClock();
  const dateMs = () => 1_000_000 + clock.nowMs();
  let retried: number[];

  beforeEach(() => {
    retried = [];
  });

  function open(pausesMs = RETRY_PAUSES_MS): Retries {
    return new Retries({ clock, pausesMs, dateMs, retry: () => void retried.push(dateMs()) });
  }

  function taskWith(receivedBytes: number): Task {
    const record = sampleRecord({ id: 'aaaaaaaa', receivedBytes });
    return new Task(record, {}, new Throttle({ nowMs: clock.nowMs }));
  }

  const pass = (ms: number) => clock.runUntil(clock.sleep(ms, new AbortController()), Number.POSITIVE_INFINITY);

  it('tries again when it has said', async () => {
    const retries = open();
    const at = retries.plan(taskWith(5), lost);
    assert.equal(at, dateMs() + 30_000);
    assert.equal(retries.waiting, 1);
    await pass(60_000);
    assert.deepEqual(retried, [at]);
    assert.equal(retries.waiting, 0);
  });

  it('begins with short pauses anew when something has come', () => {
    const retries = open();
    const pauses = [5, 5, 9].map((receivedBytes) => (retries.plan(taskWith(receivedBytes), lost) ?? 0) - dateMs());
    assert.deepEqual(pauses, [30_000, 60_000, 30_000]);
    retries.close();
  });

  it('does not take for progress that a download which cannot be resumed got further than the last time', () => {
    const retries = open();
    const pauses = [9, 5, 7, 9].map((receivedBytes) => (retries.plan(taskWith(receivedBytes), lost) ?? 0) - dateMs());
    assert.deepEqual(pauses, [30_000, 60_000, 120_000, 300_000]);
    retries.close();
  });

  it('does nothing for who is cancelled in the very moment in which it would go on', async () => {
    let now = (): void => assert.fail('nobody has waited');
    const sleep = (): Promise<void> => new Promise((resolve) => (now = resolve));
    const retry = (): void => void retried.push(0);
    const retries = new Retries({ clock: { ...systemClock, sleep }, pausesMs: [1], dateMs, retry });
    retries.plan(taskWith(5), lost);
    now();
    retries.cancel('aaaaaaaa');
    await Promise.resolve();
    assert.deepEqual(retried, []);
  });

  it('does nothing for who has been cancelled, and after it was closed', async () => {
    const retries = open();
    retries.plan(taskWith(5), lost);
    retries.cancel('aaaaaaaa');
    retries.plan(taskWith(5), lost);
    retries.close();
    await pass(1_000_000);
    assert.deepEqual(retried, []);
  });

  it('keeps what an earlier engine has planned, also when that is over', async () => {
    const retries = open();
    retries.recall('aaaaaaaa', dateMs() - 5000);
    await pass(1);
    assert.equal(retried.length, 1);
  });

  it('plans nothing without pauses', () => {
    assert.equal(open([]).plan(taskWith(5), lost), null);
  });
});
