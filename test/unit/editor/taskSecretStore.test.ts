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
    await store.forget(['a']);
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

  it('adds to what is there, and takes away', async () => {
    const storage = memory();
    const store = new TaskSecretStore(storage, 'here');
    await store.keep('a', { address: 'https://h/?old', headers: { Cookie: 'x' } });
    await store.update('a', (kept) => ({ ...kept, mirrors: ['https://m/?k=1'] }));
    await store.update('a', ({ address: _, ...kept }) => kept);
    assert.deepEqual(await store.get('a'), { headers: { Cookie: 'x' }, mirrors: ['https://m/?k=1'] });
    await store.update('a', () => ({}));
    assert.equal(storage.values.size, 0);
    await store.update('a', (kept) => kept);
    assert.equal(storage.values.size, 0);
  });

  it('loses no change of several at once', async () => {
    const store = new TaskSecretStore(memory(), 'here');
    const links = ['https://m/?1', 'https://m/?2', 'https://m/?3'];
    await Promise.all(
      links.map((link) => store.update('a', (kept) => ({ ...kept, mirrors: [...(kept.mirrors ?? []), link] }))),
    );
    assert.deepEqual(await store.get('a'), { mirrors: links });
  });

  it('goes on after a change that failed', async () => {
    const storage = memory();
    const store = new TaskSecretStore({ ...storage, store: () => Promise.reject(new Error('locked')) }, 'here');
    await assert.rejects(store.keep('a', { address: 'x' }), /locked/);
    await store.forget(['a']);
  });

  it('gives a further file of a Metalink the link and the headers, and not the mirrors', async () => {
    const store = new TaskSecretStore(memory(), 'here');
    const kept = store.keep('a', { address: 'https://h/?k', headers: { Cookie: 'x' }, mirrors: ['https://m/?1'] });
    await Promise.all([kept, store.inherit([{ id: 'b', from: 'a' }])]);
    assert.deepEqual(await store.get('b'), { address: 'https://h/?k', headers: { Cookie: 'x' } });
    await store.update('b', (own) => ({ ...own, mirrors: ['https://n/?2'] }));
    await store.inherit([{ id: 'b', from: 'a' }]);
    assert.deepEqual((await store.get('b'))?.mirrors, ['https://n/?2'], 'what it has stays');
  });

  it('gives a file of a Metalink that stood in another Metalink the same, also when it is told of both at once', async () => {
    const store = new TaskSecretStore(memory(), 'here');
    await store.keep('a', { headers: { Cookie: 'x' } });
    await store.inherit([
      { id: 'b', from: 'a' },
      { id: 'c', from: 'b' },
    ]);
    assert.deepEqual(await store.get('c'), { headers: { Cookie: 'x' } });
  });

  it('treats a damaged value as none', async () => {
    const storage = memory();
    const store = new TaskSecretStore(storage, 'here');
    await store.keep('a', { address: 'x' });
    for (const key of storage.values.keys()) storage.values.set(key, '{"address": 7');
    assert.equal(await store.get('a'), null);
  });
});
