import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SharedFiles } from '../../../../src/engine/share/sharedFiles.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

describe('SharedFiles', () => {
  const scope = useScope();
  const never = new AbortController().signal;

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
