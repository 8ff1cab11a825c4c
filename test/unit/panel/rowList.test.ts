import assert from 'node:assert/strict';
import { announcement, sortRows, summarize } from '../../../src/panel/rowList.ts';
import { activeStatus } from '../editor/sampleTask.ts';
import { sampleRow, strings } from './sampleRow.ts';

const active = sampleRow({ id: 'a', status: activeStatus() });
const queued = sampleRow({ id: 'q', order: 2 });
const failed = sampleRow({
  id: 'f',
  status: { state: 'failed', error: { code: 'not-found', args: { host: 'h', status: 404 } } },
});
const completed = (id: string, finishedAt: number) =>
  sampleRow({ id, status: { state: 'completed', verification: 'size-only', sha256: null, finishedAt } });

describe('sortRows', () => {
  it('puts what runs first, then the queue in its order, and the latest file before older ones', () => {
    const rows = [completed('old', 1), failed, sampleRow({ id: 'q9', order: 9 }), completed('new', 2), queued, active];
    assert.deepEqual(
      sortRows(rows).map((row) => row.id),
      ['a', 'q', 'q9', 'f', 'new', 'old'],
    );
  });
});

describe('summarize', () => {
  it('adds up speeds and counts states', () => {
    const summary = summarize([active, { ...active, id: 'b' }, queued, failed], strings);
    assert.deepEqual(summary, {
      bytesPerSecond: 22_600_000,
      counts: '2 active · 1 queued · 1 failed',
      canPause: true,
      canResume: false,
      canClear: false,
    });
  });
});

describe('summarize while nothing runs', () => {
  it('lets what is tried again by itself be paused', () => {
    const retried = sampleRow({
      status: { state: 'failed', error: { code: 'connection-lost', args: { host: 'h' } }, retryAt: 1 },
    });
    assert.equal(summarize([failed], strings).canPause, false);
    assert.equal(summarize([failed, retried], strings).canPause, true);
  });

  it('has no speed', () => assert.equal(summarize([queued, failed], strings).bytesPerSecond, null));
});

describe('announcement', () => {
  const before = new Map([active, queued].map((row) => [row.id, row]));

  it('is silent about progress', () => {
    assert.equal(announcement(before, [{ ...active, receivedBytes: 90_000_000 }], strings), null);
  });

  it('tells a new state, and a failure with its reason', () => {
    assert.equal(announcement(before, [completed('a', 1)], strings), 'big.iso: Completed');
    assert.equal(
      announcement(before, [{ ...failed, id: 'a' }], strings),
      'big.iso: The file is not on h (HTTP 404); check the link.',
    );
  });

  it('counts when much changes at once', () => {
    assert.equal(announcement(before, [completed('a', 1), completed('q', 2)], strings), '2 downloads changed');
  });
});
