import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchEngineStart } from '../../../src/editor/watchEngineStart.ts';
import { useScope } from '../../support/scope.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { waitFor } from '../../support/waitFor.ts';

describe('watchEngineStart', () => {
  const scope = useScope();

  it('tells of each engine that starts, also in a folder that is made later', async () => {
    const folder = join(tempFolder(scope), 'state');
    const rendezvous = join(folder, 'engine.json');
    const ends = join(folder, 'ends');
    let starts = 0;
    const watch = watchEngineStart(folder, () => starts++, { lookMs: 10 });
    scope.defer(() => watch.dispose());
    mkdirSync(folder);
    writeFileSync(rendezvous, '1');
    await waitFor('the first', () => starts > 0);
    const told = starts;
    writeFileSync(ends, '2');
    renameSync(ends, rendezvous);
    await waitFor('the second', () => starts > told);
    rmSync(rendezvous);
  });

  it('tells of one that runs already, which may be given something to do later', async () => {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'engine.json'), '1');
    let starts = 0;
    const watch = watchEngineStart(folder, () => starts++, { lookMs: 10 });
    scope.defer(() => watch.dispose());
    await waitFor('the first', () => starts > 0);
  });
});
