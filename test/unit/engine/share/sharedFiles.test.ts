import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SharedFile, SharedFiles } from '../../../../src/engine/share/sharedFiles.ts';
import { systemClock } from '../../../../src/kit/clock.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

describe('SharedFiles', () => {
  const scope = useScope();
  const never = new AbortController().signal;

  it('looks at a folder once at a time, however many ask meanwhile, and answers nobody with an older look', async () => {
    const folder = tempFolder(scope);
    let nowMs = 0;
    const files = new SharedFiles({ clock: { ...systemClock, nowMs: () => nowMs } });
    files.set([{ id: '1', kind: 'folder', path: folder }]);
    let looks = 0;
    files.onDidLook(() => void looks++);
    const asked: Promise<readonly SharedFile[]>[] = [];
    for (let n = 0; n < 20; n++) {
      asked.push(files.list());
      nowMs += 50;
    }
    writeFileSync(join(folder, 'a'), 'a');
    asked.push(files.list());
    const lists = await Promise.all(asked);
    assert.deepEqual(
      lists.at(-1)?.map(({ name }) => name),
      ['a'],
    );
    assert.equal(looks, 2);
  });

  it('does not let a new share wait for the look at an old one', async () => {
    const files = new SharedFiles({ clock: systemClock });
    files.set([{ id: '1', kind: 'folder', path: tempFolder(scope) }]);
    const old = files.contents();
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'new'), 'new');
    files.set([{ id: '2', kind: 'folder', path: folder }]);
    assert.deepEqual(
      (await files.list()).map(({ name }) => name),
      ['new'],
    );
    await old;
    assert.deepEqual(
      (await files.list()).map(({ name }) => name),
      ['new'],
    );
  });

  it('lists and finds what was put there a moment ago, and lists no longer what has gone', async () => {
    const folder = tempFolder(scope);
    const clock = new VirtualClock();
    const files = new SharedFiles({ clock });
    files.set([{ id: '1', kind: 'folder', path: folder }]);
    const listed = async (): Promise<string[]> => (await files.list()).map(({ name }) => name);
    const aMoment = (): Promise<void> => clock.runUntil(clock.sleep(50, { signal: never }), Infinity);
    assert.deepEqual(await listed(), []);
    writeFileSync(join(folder, 'a'), 'a');
    await aMoment();
    assert.deepEqual(await listed(), ['a']);
    writeFileSync(join(folder, 'b'), 'b');
    await aMoment();
    assert.equal((await files.find('b'))?.name, 'b');
    rmSync(join(folder, 'a'));
    await aMoment();
    assert.deepEqual(await listed(), ['b']);
  });
});
