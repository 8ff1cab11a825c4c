import assert from 'node:assert/strict';
import { TributaryError } from '../../../src/contract/errors.ts';
import { DEFAULT_NETWORK, DEFAULT_SETTINGS } from '../../../src/contract/settings.ts';
import type { LinkedEngine } from '../../../src/editor/engineLink.ts';
import { prepareEngine } from '../../../src/editor/prepareEngine.ts';
import { TaskMirror } from '../../../src/editor/taskMirror.ts';
import { TaskSecretStore } from '../../../src/editor/taskSecretStore.ts';
import { sampleTask } from './sampleTask.ts';

const SECRETS = { address: 'https://example.org/f.bin?signature=1' };

describe('prepareEngine', () => {
  let secrets: TaskSecretStore;
  let listed: string[];
  let provided: string[];
  let failures: unknown[];
  let onList: () => Promise<void>;
  let refused: string | null;

  beforeEach(() => {
    const values = new Map<string, string>();
    secrets = new TaskSecretStore(
      {
        keys: async () => [...values.keys()],
        get: async (key) => values.get(key),
        store: async (key, value) => void values.set(key, value),
        delete: async (key) => void values.delete(key),
      },
      'here',
    );
    listed = [];
    provided = [];
    failures = [];
    onList = async () => {};
    refused = null;
  });

  async function prepare(): Promise<TaskMirror> {
    const mirror = new TaskMirror();
    const request = async (name: string, params: { readonly id: string }) => {
      if (name === 'provideSecrets' && params.id === refused) throw new TributaryError('unknown-task', { id: refused });
      if (name === 'provideSecrets') provided.push(params.id);
      if (name !== 'list') return null;
      const tasks = listed.map((id) => sampleTask({ id }));
      await onList();
      return { tasks };
    };
    await prepareEngine({ request } as unknown as LinkedEngine, {
      settings: () => DEFAULT_SETTINGS,
      network: () => DEFAULT_NETWORK,
      mirror,
      secrets,
      onSecretsFailed: (error) => failures.push(error),
    });
    return mirror;
  }

  it('gives each download its secrets, and forgets those of downloads that are gone', async () => {
    listed = ['a', 'b'];
    await secrets.keep('a', SECRETS);
    await secrets.keep('gone', SECRETS);
    const mirror = await prepare();
    assert.deepEqual(provided, ['a']);
    assert.deepEqual(await secrets.ids(), ['a']);
    assert.equal(mirror.tasks.length, 2);
    assert.deepEqual(failures, []);
  });

  it('keeps the secrets of a download that another window adds meanwhile', async () => {
    onList = async () => {
      if (listed.includes('new')) return;
      listed.push('new');
      await secrets.keep('new', SECRETS);
    };
    await prepare();
    assert.deepEqual(await secrets.get('new'), SECRETS);
  });

  it('gives the others theirs when one download is gone before it got its own', async () => {
    listed = ['a', 'b', 'c'];
    for (const id of listed) await secrets.keep(id, SECRETS);
    refused = 'a';
    await prepare();
    assert.deepEqual(provided, ['b', 'c']);
    assert.deepEqual(failures, []);
  });

  it('shows the list also where the secret storage cannot be opened', async () => {
    listed = ['a'];
    const broken = new Error('locked');
    secrets = new TaskSecretStore(
      {
        keys: () => Promise.reject(broken),
        get: () => Promise.reject(broken),
        store: () => Promise.reject(broken),
        delete: () => Promise.reject(broken),
      },
      'here',
    );
    const mirror = await prepare();
    assert.equal(mirror.tasks.length, 1);
    assert.deepEqual(failures, [broken]);
  });
});
