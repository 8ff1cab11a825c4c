import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLockedElsewhere, lockFolder } from '../../../../src/engine/disk/folderLock.ts';
import { IN_CONTAINER, whyNoContainers } from '../../../support/containers.ts';
import { endChild } from '../../../support/endChild.ts';
import { useScope } from '../../../support/scope.ts';
import { skipBecause } from '../../../support/skipBecause.ts';
import { tempFolder } from '../../../support/tempFolder.ts';

describe('lockFolder', () => {
  const scope = useScope();
  let folder: string;

  beforeEach(() => {
    folder = tempFolder(scope);
  });

  /** Another process that asks for the lock; resolves when it has its answer. */
  async function another(
    prefix: readonly string[] = [],
    beatMs = 4000,
  ): Promise<{ child: ChildProcessWithoutNullStreams; answer: string }> {
    const program = join(import.meta.dirname, 'lockHolder.ts');
    const node = [process.execPath, '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', program, folder, String(beatMs)];
    const [command = '', ...args] = [...prefix, ...node];
    const child = spawn(command, args);
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

  describe('of an owner whose process cannot be seen from here', () => {
    const BEAT_MS = 100;

    function lockOfAnother(modified: Date): string {
      const path = join(folder, 'engine.lock');
      writeFileSync(path, JSON.stringify({ pid: 1, startTicks: '1', place: 'another', nonce: 'other' }));
      utimesSync(path, modified, modified);
      return path;
    }

    it('is refused while that one gives signs of life', async () => {
      const path = lockOfAnother(new Date());
      const timer = setInterval(() => utimesSync(path, new Date(), new Date()), BEAT_MS / 2);
      scope.defer(() => clearInterval(timer));
      assert.equal(await lockFolder(folder, { beatMs: BEAT_MS }), null);
      assert.ok(await isLockedElsewhere(folder));
    });

    it('is taken over when that one is silent', async () => {
      lockOfAnother(new Date());
      assert.ok(await lockFolder(folder, { beatMs: BEAT_MS }));
      assert.equal(await isLockedElsewhere(folder), false);
    });

    it('is taken over at once when its last sign is old', async () => {
      lockOfAnother(new Date(Date.now() - 3_600_000));
      // With such beats the test would not end if they were waited for.
      assert.ok(await lockFolder(folder, { beatMs: 3_600_000 }));
    });

    it('holds between two containers, and is free after a kill', async function () {
      skipBecause(this, whyNoContainers());
      const { child, answer } = await another(IN_CONTAINER, BEAT_MS);
      assert.equal(answer, 'mine');
      assert.equal(await lockFolder(folder, { beatMs: BEAT_MS }), null);
      child.kill('SIGKILL');
      await once(child, 'exit');
      assert.ok(await lockFolder(folder, { beatMs: BEAT_MS }));
    });
  });

  it('leaves no other files, whoever won', async () => {
    await Promise.all([lockFolder(folder), lockFolder(folder), lockFolder(folder)]);
    assert.deepEqual(readdirSync(folder), ['engine.lock']);
  });
});
