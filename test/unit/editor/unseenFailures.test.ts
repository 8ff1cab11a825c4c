import assert from 'node:assert/strict';
import type { TaskStatus } from '../../../src/contract/task.ts';
import { TaskMirror } from '../../../src/editor/taskMirror.ts';
import { UnseenFailures } from '../../../src/editor/unseenFailures.ts';
import { activeStatus, sampleTask } from './sampleTask.ts';

const failed: TaskStatus = { state: 'failed', error: { code: 'not-found', args: { host: 'h', status: 404 } } };

describe('UnseenFailures', () => {
  let mirror: TaskMirror;
  let failures: UnseenFailures;
  let isWatched: boolean;

  beforeEach(() => {
    mirror = new TaskMirror();
    isWatched = false;
    failures = new UnseenFailures(mirror, () => isWatched);
    mirror.replaceAll([sampleTask({ id: 'old', status: failed }), sampleTask({ id: 'a', status: activeStatus() })]);
  });

  const become = (id: string, status: TaskStatus) => mirror.apply({ tasks: [sampleTask({ id, status })], removed: [] });

  it('counts what fails now, not what had failed before', () => {
    assert.equal(failures.counts.failed, 0);
    become('a', failed);
    assert.equal(failures.counts.failed, 1);
  });

  it('counts what came to a halt and needs somebody, but not what somebody has paused', () => {
    become('a', { state: 'paused', reason: null });
    assert.deepEqual(failures.counts, { failed: 0, waiting: 0 });
    become('a', { state: 'paused', reason: { code: 'disk-full', args: { path: '/w' } } });
    assert.deepEqual(failures.counts, { failed: 0, waiting: 1 });
    become('a', failed);
    assert.deepEqual(failures.counts, { failed: 1, waiting: 0 });
  });

  it('forgets them when somebody looks', () => {
    become('a', failed);
    let changes = 0;
    failures.onDidChange(() => changes++);
    failures.markSeen();
    failures.markSeen();
    assert.equal(failures.counts.failed, 0);
    assert.equal(changes, 1);
  });

  it('does not count what fails before somebody’s eyes', () => {
    isWatched = true;
    become('a', failed);
    assert.equal(failures.counts.failed, 0);
  });

  it('does not count what is tried again by itself, until that is given up', () => {
    const retried: TaskStatus = {
      state: 'failed',
      error: { code: 'connection-lost', args: { host: 'h' } },
      retryAt: 1,
    };
    become('a', retried);
    assert.equal(failures.counts.failed, 0);
    become('a', activeStatus());
    become('a', failed);
    assert.equal(failures.counts.failed, 1);
  });

  it('takes back a failure that was retried or removed', () => {
    become('a', failed);
    become('a', activeStatus());
    assert.equal(failures.counts.failed, 0);
    become('a', failed);
    mirror.apply({ tasks: [], removed: ['a'] });
    assert.equal(failures.counts.failed, 0);
  });
});
