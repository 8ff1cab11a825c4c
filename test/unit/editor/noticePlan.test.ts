import assert from 'node:assert/strict';
import type { TaskSnapshot, TaskStatus } from '../../../src/contract/task.ts';
import { NoticePlan } from '../../../src/editor/noticePlan.ts';
import { TaskMirror } from '../../../src/editor/taskMirror.ts';
import { activeStatus, sampleTask } from './sampleTask.ts';

const failed: TaskStatus = { state: 'failed', error: { code: 'not-found', args: { host: 'h', status: 404 } } };
const diskFull: TaskStatus = { state: 'paused', reason: { code: 'disk-full', args: { path: '/' } } };
const completed: TaskStatus = { state: 'completed', verification: 'size-only', sha256: null, finishedAt: 1 };

describe('NoticePlan', () => {
  let mirror: TaskMirror;
  let notices: string[];

  beforeEach(() => {
    mirror = new TaskMirror();
    notices = [];
    const plan = new NoticePlan();
    mirror.onDidChange((change) => {
      for (const notice of plan.take(change)) {
        notices.push(
          notice.kind === 'trouble'
            ? `${notice.task.id} ${notice.error.code}`
            : `done ${notice.completed.map((task) => task.id).join()}`,
        );
      }
    });
  });

  const task = (id: string, status: TaskStatus): TaskSnapshot => sampleTask({ id, status });
  const change = (...tasks: TaskSnapshot[]) => mirror.apply({ tasks, removed: [] });

  it('is silent about what was so before', () => {
    mirror.replaceAll([task('a', failed), task('b', diskFull), task('c', completed)]);
    assert.deepEqual(notices, []);
  });

  it('tells a failure once', () => {
    mirror.replaceAll([task('a', activeStatus())]);
    change(task('a', failed));
    change({ ...task('a', failed), order: 2 });
    assert.deepEqual(notices, ['a not-found']);
  });

  it('tells a failure that came before the first snapshot of the task', () => {
    mirror.replaceAll([]);
    change(task('a', failed));
    assert.deepEqual(notices, ['a not-found']);
  });

  it('tells once of attempts that bring nothing, again when something had come, and when they are given up', () => {
    const lost: TaskStatus = { state: 'failed', error: { code: 'connection-lost', args: { host: 'h' } }, retryAt: 1 };
    const { error } = lost;
    mirror.replaceAll([task('a', activeStatus())]);
    change(task('a', lost));
    change(task('a', activeStatus()));
    change(task('a', lost));
    assert.deepEqual(notices, ['a connection-lost']);
    change({ ...task('a', lost), receivedBytes: 90_000_000, status: activeStatus() });
    change({ ...task('a', lost), receivedBytes: 90_000_000 });
    assert.equal(notices.length, 2);
    change(task('a', activeStatus()));
    change(task('a', { state: 'failed', error }));
    assert.equal(notices.length, 3);
  });

  it('tells once of attempts that each begin anew and get less far', () => {
    const lost: TaskStatus = { state: 'failed', error: { code: 'connection-lost', args: { host: 'h' } }, retryAt: 1 };
    mirror.replaceAll([task('a', activeStatus())]);
    for (const receivedBytes of [900, 500, 700]) {
      change({ ...task('a', activeStatus()), receivedBytes });
      change({ ...task('a', lost), receivedBytes });
    }
    assert.deepEqual(notices, ['a connection-lost']);
  });

  it('tells what waits for somebody, but not what the user paused', () => {
    mirror.replaceAll([task('a', activeStatus()), task('b', activeStatus())]);
    change(task('a', diskFull), task('b', { state: 'paused', reason: null }));
    assert.deepEqual(notices, ['a disk-full']);
  });

  it('tells once when the queue is through', () => {
    mirror.replaceAll([task('a', activeStatus()), task('b', { state: 'queued' })]);
    change(task('a', completed), task('b', activeStatus()));
    assert.deepEqual(notices, []);
    change(task('b', completed));
    assert.deepEqual(notices, ['done a,b']);
    change(task('c', activeStatus()));
    change(task('c', completed));
    assert.deepEqual(notices, ['done a,b', 'done c']);
  });

  it('has nothing to tell when all was cancelled', () => {
    mirror.replaceAll([task('a', activeStatus())]);
    mirror.apply({ tasks: [], removed: ['a'] });
    assert.deepEqual(notices, []);
  });
});
