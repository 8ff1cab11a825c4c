import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SEED_SETTINGS } from '../../src/contract/seedApi.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { openSharing } from '../support/seeds/openSharing.ts';
import { startPythonSeed } from '../support/seeds/pythonSeed.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { whyNoPython } from '../support/servers/pythonServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

const KIB = 1024;

/** Connections and listeners of this process. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /^TCP(?:Socket|Server)/.test(name)).length;
}

describe('many downloads from seeds', () => {
  const scope = useScope();

  before(function () {
    skipBecause(this, whyNoPython());
  });

  it('20 files come from 5 seeds of both forms, 3 at a time, fairly and without a socket that stays', async () => {
    const folder = tempFolder(scope);
    const contents = new Map(
      Array.from({ length: 20 }, (_, n) => [`file ${n}`, new Content(8 * KIB + n, n + 1)] as const),
    );
    for (const [name, content] of contents) writeFileSync(join(folder, name), content.slice(0, content.sizeBytes));
    const classic = await Promise.all([1, 2, 3].map(() => startPythonSeed(scope, folder)));
    const fast = await Promise.all([1, 2].map(() => openSharing(scope, [folder])));
    const before = openSockets();
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 3 } });
    const ports = [...classic, ...fast].map(({ port }) => port);
    await engine.request('configureSeeds', { ...DEFAULT_SEED_SETTINGS, ports });
    const ids = await Promise.all([...contents.keys()].map((name) => engine.add(`seed:///${name}`)));
    for (const [index, content] of [...contents.values()].entries()) {
      const task = await engine.completed(ids[index] ?? '');
      await assertDownloaded(task, content);
    }
    const running = engine.changes.map(
      ({ change }) => change.tasks.filter(({ status }) => status.state === 'active').length,
    );
    assert.ok(Math.max(...running) <= 3);
    await engine.close();
    // A connection that is kept for the next request is one of ours and one of theirs.
    await waitFor('all sockets to be gone', () => openSockets() <= before);
  });

  it('tasks that share a classic seed share its connections', async () => {
    const folder = tempFolder(scope);
    const content = new Content(24 * KIB);
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), content.slice(0, content.sizeBytes));
    const seed = await startPythonSeed(scope, folder, { delay: 0.003 });
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 3 } });
    const ids = await Promise.all(['a', 'b', 'c'].map((name) => engine.add(seed.address(name))));
    const first = await Promise.race(ids.map((id) => engine.completed(id)));
    // When one is done, the others are nearly so.
    for (const id of ids) {
      const task = engine.tasks.get(id);
      assert.ok((task?.receivedBytes ?? 0) >= 0.5 * first.receivedBytes, `${task?.receivedBytes} bytes`);
      await assertDownloaded(await engine.completed(id), content);
    }
  });

  it('one task mixes seeds of both forms with an HTTP mirror', async () => {
    const folder = tempFolder(scope);
    const content = new Content(4 * KIB * KIB);
    writeFileSync(join(folder, 'f.bin'), content.slice(0, content.sizeBytes));
    const body = { bytesPerSecond: 1 << 20 };
    const http = await startHttpServer(scope, { '/f.bin': serveFile({ content, body: () => body }) });
    const fast = await openSharing(scope, [folder], { uploadBytesPerSecond: 1 << 20 });
    const classic = await startPythonSeed(scope, folder);
    const engine = await startInProcessEngine(scope);
    const mirrors = [`seed://127.0.0.1:${fast.port}/f.bin`, classic.address('f.bin')];
    const checksum = `sha256:${content.sha256}`;
    const task = await engine.completed(await engine.add(`${http.origin}/f.bin`, { mirrors, checksum }));
    await assertDownloaded(task, content);
    assert.deepEqual(
      task.sources.map(({ kind, error }) => [kind, error]),
      [
        ['http', null],
        ['seed', null],
        ['seed', null],
      ],
    );
    assert.ok((await fast.sharing.snapshot()).bytesServed > KIB * KIB);
    assert.ok(http.log.bytesSent < content.sizeBytes);
  });
});
