import assert from 'node:assert/strict';
import { SeedsMirror } from '../../../../src/editor/seeds/seedsMirror.ts';
import { TaskMirror } from '../../../../src/editor/taskMirror.ts';
import { activeStatus, sampleTask } from '../sampleTask.ts';

const ADDRESS = 'seed://127.0.0.1:8081/a.bin';

describe('SeedsMirror', () => {
  const fromSeed = { sources: [{ kind: 'seed', address: ADDRESS, receivedBytes: 0, error: null }] } as const;

  it('tells of downloads from seeds when their state changes, and not how far they are', () => {
    const tasks = new TaskMirror();
    const mirror = new SeedsMirror(tasks);
    let told = 0;
    mirror.onDidChange(() => told++);
    tasks.replaceAll([]);
    assert.equal(mirror.downloadOf(ADDRESS), null);
    tasks.apply({ tasks: [sampleTask({ ...fromSeed, status: activeStatus() })], removed: [] });
    assert.equal(mirror.downloadOf(ADDRESS)?.status.state, 'active');
    tasks.apply({ tasks: [sampleTask({ ...fromSeed, receivedBytes: 99, status: activeStatus() })], removed: [] });
    tasks.apply({ tasks: [sampleTask({ id: 'other' })], removed: [] });
    assert.equal(told, 1);
    tasks.apply({ tasks: [sampleTask({ ...fromSeed, status: { state: 'paused', reason: null } })], removed: [] });
    assert.equal(mirror.downloadOf(ADDRESS)?.status.state, 'paused');
    assert.equal(told, 2);
  });
});
