import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TaskStore } from '../../../../src/engine/disk/taskStore.ts';
import { deferred } from '../../../../src/kit/deferred.ts';
import { useScope } from '../../../support/scope.ts';
import { skipBecause } from '../../../support/skipBecause.ts';
import { tempFolder } from '../../../support/tempFolder.ts';

const STORE = new URL('../../../../src/engine/disk/taskStore.ts', import.meta.url).href;

describe('TaskStore', () => {
  const scope = useScope();
  let folder: string;
  let store: TaskStore;

  beforeEach(async () => {
    folder = tempFolder(scope);
    store = await TaskStore.open(folder);
  });

  it('keeps one file per task, in a folder for its owner only', async () => {
    await Promise.all([store.save('aaaa', { n: 1 }), store.save('bbbb', { n: 2 })]);
    assert.deepEqual(readdirSync(join(folder, 'tasks')).sort(), ['aaaa.json', 'bbbb.json']);
    assert.equal(statSync(join(folder, 'tasks')).mode & 0o777, 0o700);
    const again = await TaskStore.open(folder);
    assert.deepEqual((await again.loadAll()).map((value) => JSON.stringify(value)).sort(), ['{"n":1}', '{"n":2}']);
  });

  it('tells of all tasks where a process may have few files open', async function () {
    skipBecause(this, process.platform === 'win32' ? 'Windows has no such limit' : null);
    await Promise.all(Array.from({ length: 300 }, (_, n) => store.save(`t${n}`, { n })));
    const code = `
      import { TaskStore } from ${JSON.stringify(STORE)};
      const records = await (await TaskStore.open(process.argv[1])).loadAll();
      console.log(records.filter((record) => record !== undefined).length);`;
    const node = [process.execPath, '--input-type=module', '--eval', code, folder];
    const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -n 64 && exec "$@"', 'sh', ...node]);
    assert.equal(stdout.trim(), '300');
  });

  it('makes a folder that was open to others private', async () => {
    chmodSync(join(folder, 'tasks'), 0o755);
    await TaskStore.open(folder);
    assert.equal(statSync(join(folder, 'tasks')).mode & 0o777, 0o700);
  });

  it('ends with the last of many writes to one task, each caller waiting for it', async () => {
    const writes = Array.from({ length: 50 }, (_, n) => store.save('aaaa', { n }));
    await Promise.all(writes);
    assert.deepEqual(await store.loadAll(), [{ n: 49 }]);
  });

  it('does not bring back a task that was removed after a write, and takes one back that was saved after its removal', async () => {
    await Promise.all([store.save('aaaa', { n: 1 }), store.save('aaaa', null)]);
    assert.deepEqual(await store.loadAll(), []);
    await Promise.all([store.save('aaaa', { n: 1 }), store.save('aaaa', null), store.save('aaaa', { n: 2 })]);
    assert.deepEqual(await store.loadAll(), [{ n: 2 }]);
  });

  it('writes what is saved at whatever moment of the end of the write before', async () => {
    const { unlink } = fs;
    scope.defer(() => {
      fs.unlink = unlink;
      syncBuiltinESMExports();
    });
    for (let moments = 0; moments < 30; moments++) {
      await store.save('aaaa', { n: 'before' });
      const later = deferred<void>();
      fs.unlink = async (path) => {
        await unlink(path);
        void (async () => {
          for (let n = 0; n < moments; n++) await null;
          store.save('aaaa', { n: 'after' }).then(later.resolve, later.reject);
        })();
      };
      syncBuiltinESMExports();
      await store.save('aaaa', null);
      await later.promise;
      assert.deepEqual(await store.loadAll(), [{ n: 'after' }], `${moments} steps after the removal`);
    }
  });

  it('is settled when everything is written', async () => {
    for (let n = 0; n < 20; n++) void store.save(`task${n}`, { n });
    await store.settled();
    assert.equal((await store.loadAll()).length, 20);
    await store.settled();
  });

  it('gives undefined for a torn file and passes over what is no task', async () => {
    writeFileSync(join(folder, 'tasks', 'torn.json'), '{"a"');
    writeFileSync(join(folder, 'tasks', '.hidden.tmp'), 'x');
    writeFileSync(join(folder, 'tasks', 'readme.txt'), 'x');
    mkdirSync(join(folder, 'tasks', 'folder.json'));
    assert.deepEqual(await store.loadAll(), [undefined, undefined]);
  });

  it('tells a failed write to its caller, and writes again when it is asked again', async () => {
    const inTheWay = join(folder, 'tasks', 'aaaa.json');
    mkdirSync(join(inTheWay, 'child'), { recursive: true });
    const results = await Promise.allSettled([
      store.save('aaaa', { n: 1 }),
      store.save('aaaa', { n: 2 }),
      store.save('bbbb', {}),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled'],
    );
    await store.settled();
    rmSync(inTheWay, { recursive: true });
    await store.save('aaaa', { n: 3 });
    await store.settled();
    assert.ok(JSON.stringify(await store.loadAll()).includes('{"n":3}'));
  });
});
