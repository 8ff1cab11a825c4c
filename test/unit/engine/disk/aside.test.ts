import assert from 'node:assert/strict';
import { linkSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { asidePath, removeFirstName, removeLeftAsides } from '../../../../src/engine/disk/aside.ts';
import { forgetNames } from '../../../../src/engine/disk/folderNames.ts';
import { ownIdentity } from '../../../../src/engine/disk/processIdentity.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';

describe('files written aside', () => {
  const scope = useScope();
  let target: string;

  beforeEach(() => {
    target = join(tempFolder(scope), 'a.zip');
  });

  /** What a process that was killed has left. */
  function leave(path = target, version = 'v'): string {
    const { pid, startTicks } = ownIdentity();
    const aside = asidePath(path, version);
    const left = join(dirname(aside), basename(aside).replace(`-${pid}-${startTicks}-`, `-${pid}-1-`));
    writeFileSync(left, 'left');
    forgetNames(dirname(path));
    return left;
  }

  it('have a name of their own every time, beside the target, that gives nothing away', () => {
    const paths = [
      asidePath(target, 'v'),
      asidePath(target, 'v'),
      asidePath(`${target}2`, 'v'),
      asidePath(target, 'w'),
    ];
    assert.equal(new Set(paths).size, paths.length);
    for (const path of paths) {
      assert.equal(dirname(path), dirname(target));
      assert.match(basename(path), /^\.tributary-[0-9a-z-]+\.tmp$/);
    }
  });

  it('of processes that have ended are taken away when the same file is downloaded again', async () => {
    leave();
    const other = leave(`${target}2`);
    writeFileSync(asidePath(target, 'v'), 'of a process that runs');
    forgetNames(dirname(target));
    await removeLeftAsides(target);
    const names = readdirSync(dirname(target));
    assert.equal(names.length, 2);
    assert.ok(names.includes(basename(other)), 'of another file');
  });

  it('tell the finished file of a killed process from a stranger, once', async () => {
    const aside = leave();
    linkSync(aside, target);
    assert.equal(await removeFirstName(target, 'another version'), false);
    assert.equal(await removeFirstName(target, 'v'), true);
    assert.deepEqual(readdirSync(dirname(target)), ['a.zip']);
    forgetNames(dirname(target));
    assert.equal(await removeFirstName(target, 'v'), false);
    assert.equal(readFileSync(target, 'utf8'), 'left');
  });

  it('say nothing of another file under that name', async () => {
    const aside = leave();
    writeFileSync(target, 'left');
    assert.equal(await removeFirstName(target, 'v'), false);
    assert.equal(readFileSync(aside, 'utf8'), 'left');
  });

  it('may be the second name of a file that was moved: that one is never written to', async () => {
    const aside = leave();
    linkSync(aside, target);
    renameSync(target, `${target}.moved`);
    await removeLeftAsides(target);
    assert.equal(readFileSync(`${target}.moved`, 'utf8'), 'left');
  });
});
