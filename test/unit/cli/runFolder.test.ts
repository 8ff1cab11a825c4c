import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
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
    const left = ['11', '22', 'notes', 'dead.json', 'alive.json', 'editor.json', 'torn.json'].filter((name) =>
      existsSync(join(running, name)),
    );
    assert.deepEqual(left, ['22', 'notes', 'alive.json', 'editor.json', 'torn.json']);
  });

  it('takes a folder that is not there', async () => {
    const nowhere = join(tempFolder(scope), 'nowhere');
    await sweepRunFolders(nowhere, () => false);
    await removeRunFolder(nowhere, 1);
  });
});
