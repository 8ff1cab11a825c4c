import assert from 'node:assert/strict';
import type { ErrorInfo } from '../../../src/contract/errors.ts';
import type { SourceSnapshot } from '../../../src/contract/task.ts';
import { taskItem, taskTooltip } from '../../../src/editor/taskItem.ts';
import { panelRow } from '../../../src/editor/views/panelRow.ts';
import { activeStatus, english, sampleTask } from './sampleTask.ts';

const refused: ErrorInfo = { code: 'connection-refused', args: { host: 'b.org' } };
const sentence = 'b.org refused the connection; check that the server is running.';
const source = (address: string, error: ErrorInfo | null = null): SourceSnapshot => ({
  kind: 'http',
  address,
  receivedBytes: 0,
  error,
});
const two = [source('https://a.org/x'), source('https://b.org/x', refused)];

function tooltip(over: Parameters<typeof sampleTask>[0]): string[] {
  return taskTooltip(sampleTask(over), english).map(({ label, value }) => `${label}: ${value}`);
}

describe('the tooltip of a download with several sources', () => {
  it('lists them, and says why one is not used', () => {
    const lines = tooltip({ sources: two, status: activeStatus() });
    assert.ok(lines.includes('From: https://a.org/x'));
    const at = lines.indexOf('Not used: https://b.org/x');
    assert.deepEqual(lines.slice(at, at + 2), ['Not used: https://b.org/x', `${sentence}: `]);
  });

  it('tells what each of several has given', () => {
    const given = two.map((one) => ({ ...one, receivedBytes: 42_000_000 }));
    assert.ok(tooltip({ sources: given }).includes('From: 42.0 MB · https://a.org/x'));
    assert.equal(panelRow(sampleTask({ sources: given }), english).sources[0]?.amount, '42.0 MB');
    assert.ok(tooltip({ sources: given.slice(0, 1) }).includes('From: https://a.org/x'));
  });

  it('lists eight of a hundred', () => {
    const lines = tooltip({ sources: Array.from({ length: 100 }, (_, n) => source(`https://m${n}.org/x`)) });
    assert.equal(lines.filter((line) => line.startsWith('From: ')).length, 8);
    assert.ok(lines.includes('and 92 more: '));
  });

  it('shows the limit of the download', () => {
    assert.ok(tooltip({ limitBytesPerSecond: 2_000_000 }).includes('Limit: 2.0 MB/s'));
    assert.ok(!tooltip({}).some((line) => line.startsWith('Limit')));
  });
});

describe('the panel row of a download', () => {
  it('has its sources when there are several, and why one is not used', () => {
    assert.deepEqual(panelRow(sampleTask({ sources: two, status: activeStatus() }), english).sources, [
      { address: 'https://a.org/x', amount: '', problem: null },
      { address: 'https://b.org/x', amount: '', problem: sentence },
    ]);
  });

  it('has none for a single source, or when the file is complete', () => {
    assert.deepEqual(panelRow(sampleTask(), english).sources, []);
    const status = { state: 'completed', verification: 'verified', sha256: null, finishedAt: 1 } as const;
    assert.deepEqual(panelRow(sampleTask({ sources: two, status }), english).sources, []);
  });

  it('counts those beyond the first six', () => {
    const row = panelRow(
      sampleTask({ sources: Array.from({ length: 9 }, (_, n) => source(`https://m${n}/x`)) }),
      english,
    );
    assert.deepEqual([row.sources.length, row.furtherSources], [6, 3]);
  });
});

describe('a download whose link has expired', () => {
  const status = { state: 'paused', reason: { code: 'link-expired', args: { host: 'h', status: 403 } } } as const;

  it('has a context of its own, for the button that replaces the link', () => {
    const item = taskItem(sampleTask({ status }), english);
    assert.deepEqual([item.contextValue, item.icon?.id], ['download.expired', 'warning']);
    assert.ok(panelRow(sampleTask({ status }), english).needsLink);
  });

  it('is not the only one that another link helps', () => {
    const needsLink = (code: 'not-found' | 'server-busy') =>
      panelRow(sampleTask({ status: { state: 'failed', error: { code, args: { host: 'h', status: 404 } } } }), english)
        .needsLink;
    assert.deepEqual([needsLink('not-found'), needsLink('server-busy')], [true, false]);
  });
});
