import assert from 'node:assert/strict';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeRunFolder, runFolderOf, sweepRunFolders } from '../../../src/cli/runFolder.ts';
import { useScope } from '../../support/scope.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('sweepRunFolders', () => {
  const scope = useScope();

  it('removes what dead runs left, and nothing else', async () => {
    const running = tempFolder(scope);
    for (const pid of [11, 22]) mkdirSync(runFolderOf(running, pid));
    mkdirSync(join(running, 'notes'));
    const elsewhere = tempFolder(scope);
    const pointTo = (name: string, stateFolder: string) =>
      writeFileSync(join(running, name), JSON.stringify({ stateFolder }));
    pointTo('dead.json', runFolderOf(running, 11));
    pointTo('alive.json', runFolderOf(running, 22));
    pointTo('editor.json', elsewhere);
    writeFileSync(join(running, 'torn.json'), '{"state');
    await sweepRunFolders(running, (pid) => pid === 22);
    const names = ['notes', 'dead.json', 'alive.json', 'editor.json', 'torn.json'];
    const left = names.filter((name) => existsSync(join(running, name)));
    assert.deepEqual(left, ['notes', 'alive.json', 'editor.json', 'torn.json']);
    assert.deepEqual(
      [11, 22].filter((pid) => existsSync(runFolderOf(running, pid))),
      [22],
    );
  });

  it('leaves runs of other containers alone as long as they give signs of life, though their process ids are known here', async () => {
    const running = tempFolder(scope);
    const folders = ['alive', 'silent', 'just beginning'].map((place) => runFolderOf(running, 7, place));
    for (const folder of [...folders, runFolderOf(running, 7)]) mkdirSync(folder);
    const [alive = '', silent = '', beginning] = folders;
    for (const folder of [alive, silent]) writeFileSync(join(folder, 'engine.lock'), '{}');
    const longAgo = Date.now() / 1000 - 2 * 24 * 3600;
    utimesSync(join(silent, 'engine.lock'), longAgo, longAgo);
    await removeRunFolder(running, 7);
    await sweepRunFolders(running, () => false);
    assert.deepEqual(folders.filter(existsSync), [alive, beginning]);
    assert.equal(existsSync(runFolderOf(running, 7)), false);
  });

  it('takes a folder that is not there', async () => {
    const nowhere = join(tempFolder(scope), 'nowhere');
    await sweepRunFolders(nowhere, () => false);
    await removeRunFolder(nowhere, 1);
  });
});
