import assert from 'node:assert/strict';
import type { TaskStatus } from '../../../src/contract/task.ts';
import { lineState, taskItem, taskTooltip } from '../../../src/editor/taskItem.ts';
import { activeStatus, english, sampleTask } from './sampleTask.ts';

const completed: TaskStatus = { state: 'completed', verification: 'verified', sha256: 'ab'.repeat(32), finishedAt: 1 };

describe('taskItem', () => {
  const cases: readonly [TaskStatus, { icon: string | null; context: string; click: string }][] = [
    [activeStatus(), { icon: 'arrow-down', context: 'download.active', click: 'panel' }],
    [activeStatus({ phase: 'connecting' }), { icon: 'sync', context: 'download.active', click: 'panel' }],
    [{ state: 'queued' }, { icon: 'history', context: 'download.queued', click: 'panel' }],
    [
      { state: 'paused', reason: null },
      { icon: 'debug-pause', context: 'download.paused', click: 'panel' },
    ],
    [
      { state: 'paused', reason: { code: 'disk-full', args: { path: '/' } } },
      { icon: 'warning', context: 'download.paused', click: 'panel' },
    ],
    [
      { state: 'failed', error: { code: 'not-found', args: { host: 'h', status: 404 } } },
      { icon: 'error', context: 'download.failed', click: 'panel' },
    ],
    [
      { state: 'failed', error: { code: 'connection-lost', args: { host: 'h' } }, retryAt: 1 },
      { icon: 'warning', context: 'download.retrying', click: 'panel' },
    ],
    [completed, { icon: null, context: 'download.completed', click: 'open' }],
  ];
  for (const [status, expected] of cases) {
    it(`shows ${expected.icon ?? 'the icon of its type'} for ${JSON.stringify(status).slice(0, 60)}`, () => {
      const item = taskItem(sampleTask({ status }), english);
      assert.equal(item.icon?.id ?? null, expected.icon);
      assert.equal(item.contextValue, expected.context);
      assert.equal(item.click, expected.click);
    });
  }

  it('keeps its id whatever the state, so that the selection stays', () => {
    const ids = cases.map(([status]) => taskItem(sampleTask({ status }), english).id);
    assert.deepEqual([...new Set(ids)], ['task:aaaaaaaa']);
  });

  it('leaves room behind a long name for how far it is, but not before a screen reader', () => {
    const name = 'debian-12.9.0-amd64-DVD-1.iso';
    const item = (status: TaskStatus) => taskItem(sampleTask({ name, status }), english);
    assert.equal(item(activeStatus()).label, 'debian-12.9.0-a…-DVD-1.iso');
    assert.match(item(activeStatus()).accessibilityLabel, /^debian-12\.9\.0-amd64-DVD-1\.iso, Active/);
    assert.equal(item(completed).label, name);
  });

  it('reads name, state and progress to a screen reader', () => {
    const item = taskItem(sampleTask({ status: activeStatus() }), english);
    assert.equal(item.accessibilityLabel, 'big.iso, Active, 42 %, 11.3 MB/s, 2 min left');
  });

  it('is in another state when more than its words change, so that nobody reads "connecting…" of what has begun', () => {
    const state = (status: TaskStatus, receivedBytes: number) =>
      lineState(taskItem(sampleTask({ status, receivedBytes }), english));
    const [connecting, downloading] = [activeStatus({ phase: 'connecting' }), activeStatus()];
    assert.notEqual(state(connecting, 0), state(downloading, 0));
    assert.equal(state(downloading, 0), state(downloading, 1_000_000));
  });
});

describe('taskTooltip', () => {
  const valueAt = (status: TaskStatus, label: string, over = {}) =>
    taskTooltip(sampleTask({ status, ...over }), english).find((line) => line.label === label)?.value;

  it('names sources and destination', () => {
    assert.equal(valueAt(activeStatus(), 'From'), 'https://example.org/big.iso');
    assert.equal(valueAt(activeStatus(), 'To'), '/work/big.iso');
    assert.equal(valueAt(activeStatus(), 'Connections'), '8');
  });

  it('warns of a server that cannot resume', () => {
    assert.match(valueAt(activeStatus(), 'Note', { resumable: false }) ?? '', /starts it anew/);
    assert.equal(valueAt(activeStatus(), 'Note', { resumable: null }), undefined);
  });

  it('says how sure it is of a finished file', () => {
    assert.equal(valueAt(completed, 'Check'), 'The checksum matches');
    assert.equal(valueAt(completed, 'SHA-256'), 'ab'.repeat(32));
    const sizeOnly: TaskStatus = { ...completed, verification: 'size-only', sha256: null };
    assert.equal(valueAt(sizeOnly, 'Check'), 'The size matches; no checksum was given');
    assert.equal(valueAt(sizeOnly, 'SHA-256'), undefined);
  });
});
