import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { openSharing } from '../support/seeds/openSharing.ts';
import { pythonClient } from '../support/seeds/pythonClient.ts';
import { startPythonSeed } from '../support/seeds/pythonSeed.ts';
import { AWKWARD_FILES, writeAwkwardFiles } from '../support/seeds/seedFiles.ts';
import { whyNoPython } from '../support/servers/pythonServer.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';

const MIB = 1 << 20;

describe('the classic form, with programs written from its text alone', () => {
  const scope = useScope();

  before(function () {
    skipBecause(this, whyNoPython());
  });

  it('their seed gives us every file, byte for byte', async () => {
    const folder = tempFolder(scope);
    writeAwkwardFiles(folder);
    const seed = await startPythonSeed(scope, folder);
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 8 } });
    const ids = await Promise.all(AWKWARD_FILES.map(([name]) => engine.add(seed.address(name))));
    for (const [index, [name, bytes]] of AWKWARD_FILES.entries()) {
      const task = await engine.completed(ids[index] ?? '');
      assert.deepEqual(readFileSync(task.targetPath), bytes, name);
      if (process.platform !== 'win32') assert.equal(basename(task.targetPath), name);
      assert.equal(task.sources[0]?.kind, 'seed');
    }
  });

  for (const habit of [{ ending: 'reset' }, { ending: 'wait' }, { newline: '\r\n' }] as const) {
    it(`their seed gives us every file, whatever its habits: ${JSON.stringify(habit)}`, async () => {
      const folder = tempFolder(scope);
      writeAwkwardFiles(folder);
      const seed = await startPythonSeed(scope, folder, habit);
      const engine = await startInProcessEngine(scope);
      for (const [name, bytes] of AWKWARD_FILES.filter(([, { length }]) => length < 10_000)) {
        const task = await engine.completed(await engine.add(seed.address(name)));
        assert.deepEqual(readFileSync(task.targetPath), bytes, name);
      }
    });
  }

  it('their client gets every file from us, byte for byte', async () => {
    const folder = tempFolder(scope);
    writeAwkwardFiles(folder);
    const { port } = await openSharing(scope, [folder]);
    assert.deepEqual((await pythonClient.list(port)).sort(), AWKWARD_FILES.map(([name]) => name).sort());
    const target = join(tempFolder(scope), 'got');
    for (const [index, [name, bytes]] of AWKWARD_FILES.entries()) {
      assert.equal(await pythonClient.size(port, name), bytes.length);
      const ending = (['bare', 'newline', 'crlf', 'half-close'] as const)[index % 4] ?? 'bare';
      await pythonClient.get([port], { name, target, lanes: 2, ending });
      assert.deepEqual(readFileSync(target), bytes, `${name}, ${ending}`);
    }
  });

  it('1 MiB comes from four of their seeds, and theirs gets it from two of ours', async () => {
    const content = new Content(MIB);
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'big one.bin'), content.slice(0, MIB));
    const seeds = await Promise.all([1, 2, 3, 4].map(() => startPythonSeed(scope, folder)));
    const engine = await startInProcessEngine(scope);
    const [first = '', ...mirrors] = seeds.map((seed) => seed.address('big one.bin'));
    const task = await engine.completed(await engine.add(first, { mirrors }));
    await assertDownloaded(task, content);
    const ports = [(await openSharing(scope, [folder])).port, (await openSharing(scope, [folder])).port];
    const target = join(tempFolder(scope), 'got');
    await pythonClient.get(ports, { name: 'big one.bin', target, lanes: 8, ending: 'half-close' });
    assert.equal(await sha256OfFile(target), content.sha256);
  });

  it('bytes that a seed answers in another way than by data are never taken for data', async () => {
    const folder = tempFolder(scope);
    const bytes = Buffer.from('a file of more than one chunk, and then some more');
    writeFileSync(join(folder, 'f'), bytes);
    const bad = await startPythonSeed(scope, folder, { download: 'error' });
    const good = await startPythonSeed(scope, folder, { delay: 0.02 });
    const engine = await startInProcessEngine(scope);
    const task = await engine.completed(await engine.add(bad.address('f'), { mirrors: [good.address('f')] }));
    assert.deepEqual(readFileSync(task.targetPath), bytes);
  });
});
