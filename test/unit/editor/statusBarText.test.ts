import assert from 'node:assert/strict';
import { statusBarText } from '../../../src/editor/statusBarText.ts';
import { activeStatus, english, sampleTask } from './sampleTask.ts';

const NOTHING = { failed: 0, waiting: 0 };
const running = (id: string, over = {}) => sampleTask({ id, status: activeStatus(), ...over });

describe('statusBarText', () => {
  it('is hidden while nothing runs', () => {
    assert.equal(statusBarText([], NOTHING, english), null);
    assert.equal(
      statusBarText([sampleTask(), sampleTask({ status: { state: 'paused', reason: null } })], NOTHING, english),
      null,
    );
  });

  it('tells what waits to be tried again by itself', () => {
    const waiting = sampleTask({
      status: { state: 'failed', error: { code: 'connection-lost', args: { host: 'h' } }, retryAt: 1 },
    });
    assert.equal(statusBarText([waiting], NOTHING, english)?.text, '$(history) 1 download waits to be tried again');
    assert.equal(statusBarText([waiting, waiting], NOTHING, english)?.label, '2 downloads wait to be tried again');
    assert.match(statusBarText([waiting, running('a')], NOTHING, english)?.text ?? '', /^\$\(sync~spin\) 1 /);
  });

  it('sums up what runs, and only that', () => {
    const tasks = [running('a'), running('b', { receivedBytes: 164_000_000 }), sampleTask({ receivedBytes: 0 })];
    const content = statusBarText(tasks, NOTHING, english);
    assert.equal(content?.text, '$(sync~spin) 2 ↓ 22.6 MB/s 62 %');
    assert.equal(content?.label, '2 running downloads, 22.6 MB/s, 62 percent, 1 queued');
    assert.deepEqual(content?.lines.at(-1), { label: '1 queued', value: '' });
    assert.deepEqual(content?.lines[0], { label: 'big.iso', value: '42 % · 11.3 MB/s · 2 min left' });
  });

  it('speaks of one as of one', () => {
    assert.equal(statusBarText([running('a')], NOTHING, english)?.label, '1 running download, 11.3 MB/s, 42 percent');
  });

  it('gives no percent while a size is unknown', () => {
    const content = statusBarText([running('a'), running('b', { sizeBytes: null })], NOTHING, english);
    assert.equal(content?.text, '$(sync~spin) 2 ↓ 22.6 MB/s');
  });

  it('counts the rest of a long list', () => {
    const tasks = Array.from({ length: 30 }, (_, index) => running(`t${index}`));
    assert.deepEqual(statusBarText(tasks, NOTHING, english)?.lines.at(-1), { label: 'and 22 more', value: '' });
  });

  it('keeps a failure in sight until somebody looked', () => {
    assert.deepEqual(statusBarText([], { failed: 1, waiting: 0 }, english), {
      text: '$(error) 1 download failed',
      label: '1 download failed',
      lines: [],
      severity: 'error',
    });
    const content = statusBarText([running('a')], { failed: 2, waiting: 0 }, english);
    assert.equal(content?.text, '$(error) 1 ↓ 11.3 MB/s 42 %');
    assert.deepEqual(content?.lines.at(-1), { label: '2 downloads failed', value: '' });
  });

  it('keeps in sight what waits for somebody, too', () => {
    const content = statusBarText([], { failed: 0, waiting: 1 }, english);
    assert.deepEqual([content?.text, content?.severity], ['$(warning) 1 download needs your attention', 'warning']);
    assert.equal(
      statusBarText([], { failed: 1, waiting: 2 }, english)?.text,
      '$(error) 1 download failed, 2 downloads need your attention',
    );
  });
});
