import assert from 'node:assert/strict';
import type { HubsSnapshot } from '../../../../src/contract/hub.ts';
import type { LinkedEngine } from '../../../../src/editor/engineLink.ts';
import { HubKeyStore } from '../../../../src/editor/hub/hubKeyStore.ts';
import { HubMirror } from '../../../../src/editor/hub/hubMirror.ts';
import { prepareHubs } from '../../../../src/editor/hub/prepareHubs.ts';
import { HUB, OTHER_HUB, sampleJoined, sampleOwn, sampleSnapshot } from './sampleHub.ts';

function keyStore(): HubKeyStore {
  const kept = new Map<string, string>();
  return new HubKeyStore(
    {
      keys: async () => [...kept.keys()],
      get: async (key) => kept.get(key),
      store: async (key, value) => void kept.set(key, value),
      delete: async (key) => void kept.delete(key),
    },
    'place',
  );
}

/** Answers `hubs` with `snapshot`, and notes the rest. */
function engineWith(
  snapshot: HubsSnapshot,
  refuse = false,
  onHubs = async () => {},
): { engine: LinkedEngine; asked: unknown[] } {
  const asked: unknown[] = [];
  const request = async (name: string, params: unknown) => {
    if (name === 'hubs') {
      await onHubs();
      return snapshot;
    }
    asked.push([name, params]);
    if (refuse) throw new Error('refused');
    return null;
  };
  return { engine: { request } as unknown as LinkedEngine, asked };
}

function unexpected(error: unknown): never {
  throw error;
}

describe('prepareHubs', () => {
  const locked = { state: 'key-needed' } as const;
  const start = { host: '0.0.0.0', port: 8090, folder: '/state/hub', key: 'walnut-plum' };

  it('gives an engine the keys of its own hub and of others that ask for one', async () => {
    const keys = keyStore();
    await keys.keepOwn(start);
    await keys.keep(OTHER_HUB, 'other-key');
    const joined = [
      sampleJoined({ own: true, ...locked }),
      sampleJoined({ address: OTHER_HUB, ...locked }),
      sampleJoined({ address: 'lab:8090', ...locked }),
    ];
    const { engine, asked } = engineWith(sampleSnapshot({ own: sampleOwn({ hasKey: true, ...locked }), joined }));
    const hubs = new HubMirror();
    await prepareHubs(engine, { hubs, keys, onFailed: unexpected });
    assert.deepEqual(asked, [
      ['startHub', start],
      ['joinHub', { address: OTHER_HUB, key: 'other-key' }],
    ]);
    assert.equal(hubs.hubs.length, 3);
  });

  it('asks for nothing while all is well, and forgets the keys of hubs that were left', async () => {
    const keys = keyStore();
    await keys.keepOwn(start);
    await keys.keep(HUB, 'kept');
    await keys.keep(OTHER_HUB, 'left');
    const { engine, asked } = engineWith(sampleSnapshot({ joined: [sampleJoined()] }));
    await prepareHubs(engine, { hubs: new HubMirror(), keys, onFailed: unexpected });
    assert.deepEqual(asked, []);
    assert.deepEqual([await keys.own(), await keys.keyOf(HUB), await keys.keyOf(OTHER_HUB)], [null, 'kept', null]);
  });

  it('keeps the keys of hubs that another window starts or joins meanwhile', async () => {
    const keys = keyStore();
    let isFirst = true;
    const { engine } = engineWith(sampleSnapshot({ joined: [] }), false, async () => {
      if (!isFirst) return;
      isFirst = false;
      await keys.keepOwn(start);
      await keys.keep(OTHER_HUB, 'new');
    });
    await prepareHubs(engine, { hubs: new HubMirror(), keys, onFailed: unexpected });
    assert.deepEqual([await keys.own(), await keys.keyOf(OTHER_HUB)], [start, 'new']);
  });

  it('shows the hubs also when a key is refused', async () => {
    const keys = keyStore();
    await keys.keepOwn(start);
    const { engine } = engineWith(sampleSnapshot({ own: sampleOwn({ hasKey: true, ...locked }) }), true);
    const hubs = new HubMirror();
    const failures: unknown[] = [];
    await prepareHubs(engine, { hubs, keys, onFailed: (error) => failures.push(error) });
    assert.equal(failures.length, 1);
    assert.equal(hubs.hubs[0]?.state, 'key-needed');
    assert.deepEqual(await keys.own(), start);
  });
});
