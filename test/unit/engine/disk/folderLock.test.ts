import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from '../../../../src/engine/disk/folderLock.ts';
import { endChild } from '../../../support/endChild.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';

describe('lockFolder', () => {
  const scope = useScope();
  let folder: string;

  beforeEach(() => {
    folder = tempFolder(scope);
  });

  /** Another process that asks for the lock; resolves when it has its answer. */
  async function another(): Promise<{ child: ChildProcessWithoutNullStreams; answer: string }> {
    const program = join(import.meta.dirname, 'lockHolder.ts');
    const child = spawn(process.execPath, ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', program, folder]);
    scope.defer(() => endChild(child));
    const [text] = await once(child.stdout, 'data');
    return { child, answer: String(text).trim() };
  }

  it('is given once, and again when it was released', async () => {
    const lock = await lockFolder(folder);
    assert.ok(lock);
    assert.equal(await lockFolder(folder), null);
    await lock.release();
    const again = await lockFolder(folder);
    assert.ok(again);
    await again.release();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is refused to another process while its owner lives, and free when that ends well', async () => {
    const owner = await another();
    assert.equal(owner.answer, 'mine');
    assert.equal((await another()).answer, 'taken');
    assert.equal(await lockFolder(folder), null);
    owner.child.stdin.end();
    await once(owner.child, 'exit');
    assert.equal((await another()).answer, 'mine');
  });

  it('is taken over at once from an owner that was killed', async () => {
    const owner = await another();
    owner.child.kill('SIGKILL');
    await once(owner.child, 'exit');
    const lock = await lockFolder(folder);
    assert.ok(lock);
    assert.equal(JSON.parse(readFileSync(join(folder, 'engine.lock'), 'utf8')).pid, process.pid);
  });

  it('goes to exactly one of many that find a dead owner', async () => {
    const owner = await another();
    owner.child.kill('SIGKILL');
    await once(owner.child, 'exit');
    const locks = await Promise.all(Array.from({ length: 8 }, () => lockFolder(folder)));
    assert.equal(locks.filter((lock) => lock !== null).length, 1);
  });

  for (const text of ['', '{', '{"pid":"x"}', '[]']) {
    it(`is taken over when the file holds ${JSON.stringify(text)}`, async () => {
      writeFileSync(join(folder, 'engine.lock'), text);
      assert.ok(await lockFolder(folder));
    });
  }

  it('is not released by whoever lost it', async () => {
    const lock = await lockFolder(folder);
    const path = join(folder, 'engine.lock');
    const other = { ...JSON.parse(readFileSync(path, 'utf8')), nonce: 'other' };
    writeFileSync(path, JSON.stringify(other));
    await lock?.release();
    assert.equal(JSON.parse(readFileSync(path, 'utf8')).nonce, 'other');
  });

  it('leaves no other files, whoever won', async () => {
    await Promise.all([lockFolder(folder), lockFolder(folder), lockFolder(folder)]);
    assert.deepEqual(readdirSync(folder), ['engine.lock']);
  });
});
