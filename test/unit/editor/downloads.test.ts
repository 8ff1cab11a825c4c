import assert from 'node:assert/strict';
import { TributaryError } from '../../../src/contract/errors.ts';
import { Downloads, type DownloadsInit } from '../../../src/editor/downloads.ts';
import { TaskMirror } from '../../../src/editor/taskMirror.ts';
import { TaskSecretStore } from '../../../src/editor/taskSecretStore.ts';
import { sampleTask } from './sampleTask.ts';

const PUBLIC = 'https://example.org/f.bin';
const PRIVATE = 'https://example.org/f.bin?signature=1';
const MIRROR = 'https://me:pw@mirror.org/f.bin';

describe('Downloads', () => {
  let refusal: TributaryError | null;
  let mirror: TaskMirror;
  let secrets: TaskSecretStore;
  let downloads: Downloads;
  /** How often the secret storage was used. */
  let uses: number;

  beforeEach(() => {
    uses = 0;
    refusal = null;
    mirror = new TaskMirror();
    mirror.replaceAll([]);
    const values = new Map<string, string>();
    const used = <T>(value: T): T => {
      uses++;
      return value;
    };
    secrets = new TaskSecretStore(
      {
        keys: async () => used([...values.keys()]),
        get: async (key) => used(values.get(key)),
        store: async (key, value) => void used(values.set(key, value)),
        delete: async (key) => void used(values.delete(key)),
      },
      'here',
    );
    // An engine that takes everything, or refuses it.
    const request = (async (name: string) => {
      if (refusal !== null) throw refusal;
      return name === 'add' ? { id: 'a' } : null;
    }) as DownloadsInit['link']['request'];
    downloads = new Downloads({
      link: { request },
      mirror,
      secrets,
      onSecretsFailed: (error) => assert.fail(String(error)),
    });
  });

  /** What the store is doing is done in turn. */
  const settled = () => secrets.update('none', (kept) => kept);

  it('keeps what is private of a link, its headers and its mirrors', async () => {
    const headers = { Cookie: 'x' };
    await downloads.add({ address: PRIVATE, folder: '/w', headers, mirrors: [PUBLIC, MIRROR] });
    assert.deepEqual(await secrets.get('a'), { address: PRIVATE, headers, mirrors: [MIRROR] });
  });

  it('keeps a private mirror beside what is there, once', async () => {
    await downloads.add({ address: PRIVATE, folder: '/w' });
    await downloads.addMirror('a', MIRROR);
    await downloads.addMirror('a', MIRROR);
    await downloads.addMirror('a', PUBLIC);
    assert.deepEqual(await secrets.get('a'), { address: PRIVATE, mirrors: [MIRROR] });
  });

  it('puts a fresh private link in the place of the old one, and leaves the rest', async () => {
    await downloads.add({ address: PRIVATE, folder: '/w', headers: { Cookie: 'x' }, mirrors: [MIRROR] });
    const fresh = `${PUBLIC}?signature=2`;
    await downloads.replaceLink('a', fresh);
    assert.deepEqual(await secrets.get('a'), { address: fresh, headers: { Cookie: 'x' }, mirrors: [MIRROR] });
  });

  it('forgets an old private link when the fresh one is public', async () => {
    await downloads.add({ address: PRIVATE, folder: '/w' });
    await downloads.replaceLink('a', PUBLIC);
    assert.equal(await secrets.get('a'), null);
  });

  it('keeps nothing of what the engine refuses', async () => {
    await downloads.add({ address: PRIVATE, folder: '/w' });
    refusal = new TributaryError('illegal-move', { state: 'completed' });
    await assert.rejects(downloads.addMirror('a', MIRROR), { code: 'illegal-move' });
    await assert.rejects(downloads.replaceLink('a', PUBLIC), { code: 'illegal-move' });
    assert.deepEqual(await secrets.get('a'), { address: PRIVATE });
  });

  it('treats the further files of a Metalink as added here, with the same secrets', async () => {
    await downloads.add({ address: PRIVATE, folder: '/w', mirrors: [MIRROR] });
    mirror.apply({ tasks: [sampleTask({ id: 'a' }), sampleTask({ id: 'b', addedBy: 'a' })], removed: [] });
    await settled();
    assert.ok(downloads.wasAddedHere('b'));
    assert.deepEqual(await secrets.get('b'), { address: PRIVATE });
    mirror.apply({ tasks: [], removed: ['b'] });
    await settled();
    assert.equal(await secrets.get('b'), null);
    assert.ok(!downloads.wasAddedHere('b'));
  });

  it('asks the secret storage once for a thousand files of a folder that needs no secret, and for their end', async () => {
    await downloads.add({ address: PRIVATE, folder: '/w' });
    const files = Array.from({ length: 1000 }, (_, index) => sampleTask({ id: `f${index}`, addedBy: 'folder' }));
    uses = 0;
    mirror.apply({ tasks: [sampleTask({ id: 'folder' }), ...files], removed: [] });
    await settled();
    mirror.apply({ tasks: [], removed: files.map(({ id }) => id) });
    await settled();
    assert.ok(uses < 10, `${uses} uses`);
    assert.deepEqual(await secrets.ids(), ['a']);
  });
});
