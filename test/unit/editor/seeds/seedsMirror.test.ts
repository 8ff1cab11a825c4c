import assert from 'node:assert/strict';
import { SeedsMirror } from '../../../../src/editor/seeds/seedsMirror.ts';
import { TaskMirror } from '../../../../src/editor/taskMirror.ts';
import { activeStatus, sampleTask } from '../sampleTask.ts';
import { sampleIpfs, sampleSharing } from './sampleSeeds.ts';

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

  it('shows that nobody can reach what is shared while there is no engine', () => {
    const mirror = new SeedsMirror(new TaskMirror());
    let changes = 0;
    mirror.onDidChange(() => changes++);
    mirror.markDisconnected();
    assert.deepEqual([mirror.sharing, mirror.ipfs, changes], [null, null, 0]);
    mirror.takeSharing(sampleSharing({ peers: [{ address: '127.0.0.1', connections: 1, bytesServed: 5 }] }));
    mirror.takeIpfs(sampleIpfs({ peers: [{ id: 'peer', address: '/ip4/127.0.0.1', direction: 'inbound' }] }));
    mirror.markDisconnected();
    assert.equal(changes, 3);
    assert.equal(mirror.sharing?.address, null);
    assert.deepEqual(mirror.sharing?.peers, []);
    assert.deepEqual(
      mirror.sharing?.shares.map(({ path, address, link }) => ({ path, address, link })),
      [{ path: '/home/me/models', address: null, link: null }],
    );
    assert.deepEqual(mirror.ipfs?.peers, []);
  });
});
