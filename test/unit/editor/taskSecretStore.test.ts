import assert from 'node:assert/strict';
import { type SecretStorage, secretPlace, TaskSecretStore } from '../../../src/editor/taskSecretStore.ts';

function memory(): SecretStorage & { readonly values: Map<string, string> } {
  const values = new Map<string, string>();
  return {
    values,
    keys: async () => [...values.keys()],
    get: async (key) => values.get(key),
    store: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
  };
}

describe('TaskSecretStore', () => {
  it('keeps, gives back and forgets', async () => {
    const storage = memory();
    const store = new TaskSecretStore(storage, 'here');
    await store.keep('a', { address: 'https://u:p@h/', headers: { Cookie: 'x' } });
    assert.deepEqual(await store.get('a'), { address: 'https://u:p@h/', headers: { Cookie: 'x' } });
    assert.deepEqual(await store.ids(), ['a']);
    await store.forget('a');
    assert.equal(await store.get('a'), null);
    assert.equal(storage.values.size, 0);
  });

  it('stores nothing for a download without secrets', async () => {
    const storage = memory();
    await new TaskSecretStore(storage, 'here').keep('a', {});
    assert.equal(storage.values.size, 0);
  });

  it('leaves the tasks of other hosts alone', async () => {
    const storage = memory();
    await new TaskSecretStore(storage, secretPlace('one', '/state')).keep('a', { address: 'https://h/?x' });
    const other = new TaskSecretStore(storage, secretPlace('two', '/state'));
    assert.deepEqual(await other.ids(), []);
    assert.equal(await other.get('a'), null);
  });

  it('treats a damaged value as none', async () => {
    const storage = memory();
    const store = new TaskSecretStore(storage, 'here');
    await store.keep('a', { address: 'x' });
    for (const key of storage.values.keys()) storage.values.set(key, '{"address": 7');
    assert.equal(await store.get('a'), null);
  });
});
