import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../src/contract/errors.ts';
import { DEFAULT_SEED_SETTINGS } from '../../src/contract/seedApi.ts';
import type { TaskSnapshot } from '../../src/contract/task.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { type InProcessEngine, startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { openSharing } from '../support/seeds/openSharing.ts';
import { type PythonSeed, type SeedFaults, startPythonSeed } from '../support/seeds/pythonSeed.ts';
import { whyNoPython } from '../support/servers/pythonServer.ts';
import { startRawServer } from '../support/servers/rawServer.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';

const KIB = 1024;

describe('a download from seeds that fail', () => {
  const scope = useScope();

  before(function () {
    skipBecause(this, whyNoPython());
  });

  function folderWith(name: string, content: Content): string {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, name), content.slice(0, content.sizeBytes));
    return folder;
  }

  function add(engine: InProcessEngine, seeds: readonly PythonSeed[], more: { checksum?: string } = {}) {
    const [first = '', ...mirrors] = seeds.map((seed) => seed.address('f.bin'));
    return engine.add(first, { mirrors, ...more });
  }

  /** Code of the failure of each source, null for those that were used to the end. */
  function codesOf(task: TaskSnapshot): (ErrorCode | null)[] {
    return task.sources.map(({ error }) => error?.code ?? null);
  }

  it('is right with two of four killed in mid-download, one slow, one lying', async () => {
    const content = new Content(128 * KIB);
    const folder = folderWith('f.bin', content);
    const killed = [await startPythonSeed(scope, folder), await startPythonSeed(scope, folder)];
    const slow = await startPythonSeed(scope, folder, { delay: 0.002 });
    const lying = await startPythonSeed(scope, folder, { download: 'wrong', after: 20 });
    const engine = await startInProcessEngine(scope);
    const id = await add(engine, [...killed, slow, lying], { checksum: `sha256:${content.sha256}` });
    await engine.received(id, 32 * KIB);
    for (const seed of killed) await seed.kill();
    const task = await engine.completed(id, 80_000);
    await assertDownloaded(task, content);
    assert.equal(task.status.state === 'completed' && task.status.verification, 'verified');
  });

  it('finds out who lies by the pieces that one of them vouches for, as they come', async () => {
    const content = new Content(1536 * KIB);
    const folder = folderWith('f.bin', content);
    const lying = await startPythonSeed(scope, folder, { download: 'wrong' });
    const { sharing, origin } = await openSharing(scope, [folder], { uploadBytesPerSecond: 600_000 });
    // Its digest is known.
    await new Promise<void>((resolve) => {
      const watch = sharing.onDidChange(({ shares }) => {
        if (shares.every(({ hashing }) => hashing === 0)) resolve(watch.dispose());
      });
      void sharing.snapshot().then(({ shares }) => {
        if (shares.every(({ hashing }) => hashing === 0)) resolve(watch.dispose());
      });
    });
    const engine = await startInProcessEngine(scope);
    // The liar comes first, but only the other one tells a digest.
    const ports = [lying.port, Number(new URL(origin).port)];
    await engine.request('configureSeeds', { ...DEFAULT_SEED_SETTINGS, ports });
    const task = await engine.completed(await engine.add('seed:///f.bin'));
    await assertDownloaded(task, content);
    assert.equal(task.status.state === 'completed' && task.status.verification, 'verified');
    assert.equal(task.checksum, `sha256:${content.sha256}`);
  });

  const MISBEHAVIOUR: readonly (readonly [what: string, faults: SeedFaults, code: ErrorCode | null])[] = [
    ['sends nothing any more', { download: 'nothing', after: 5 }, null],
    ['hangs in mid-download', { download: 'hang', after: 20 }, null],
    ['sends short', { download: 'short', after: 3 }, 'seed-protocol'],
    ['sends too much', { download: 'long' }, 'seed-protocol'],
    ['sends garbage without end', { download: 'garbage' }, 'seed-protocol'],
    ['tells no number as the size', { sizeText: 'SIZE:many' }, 'seed-protocol'],
    ['tells a size without its word', { sizeText: '65536' }, 'seed-protocol'],
    ['tells a size beyond all numbers', { sizeText: `SIZE:${2n ** 60n}` }, 'seed-protocol'],
    ['tells another size', { size: 16_385 }, 'mirror-unfit'],
    ['lists nothing', { list: '' }, 'seed-without-file'],
    ['lists in another form', { list: 'f.bin\n' }, 'not-a-seed'],
  ];

  for (const [what, faults, code] of MISBEHAVIOUR) {
    it(`goes on without one that ${what}`, async () => {
      const content = new Content(16 * KIB);
      const folder = folderWith('f.bin', content);
      const good = await startPythonSeed(scope, folder, { delay: 0.001 });
      const bad = await startPythonSeed(scope, folder, faults);
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await add(engine, [good, bad]));
      await assertDownloaded(task, content);
      assert.deepEqual(codesOf(task), [null, code]);
    });
  }

  it('fails with the reason of each when all are dead, and goes on when one is back', async () => {
    const content = new Content(192 * KIB);
    const folder = folderWith('f.bin', content);
    const seeds = [await startPythonSeed(scope, folder, { delay: 0.002 }), await startPythonSeed(scope, folder)];
    const engine = await startInProcessEngine(scope);
    const id = await add(engine, seeds);
    await engine.received(id, 48 * KIB);
    for (const seed of seeds) await seed.kill();
    assert.equal((await engine.failed(id, 80_000)).code, 'connection-refused');
    const failed = engine.tasks.get(id);
    assert.ok(failed);
    assert.deepEqual(codesOf(failed), ['connection-refused', 'connection-refused']);
    assert.ok(failed.receivedBytes >= 48 * KIB);
    assert.ok(statSync(`${failed.targetPath}.part`).size > 0);
    await startPythonSeed(scope, folder, {}, seeds[1]?.port);
    // By itself.
    const task = await engine.until(id, 'to be complete', ({ status }) => status.state === 'completed');
    await assertDownloaded(task, content);
  });

  it('tells how many files of a seed it has left out of the list', async () => {
    const names = Array.from({ length: 2100 }, (_, index) => `file ${index}`);
    const list = names.map((name, index) => `[${index + 1}] ${name}\n`).join('');
    const { port } = await startPythonSeed(scope, folderWith('file 2099', new Content(100, 3)), { list, size: 100 });
    const engine = await startInProcessEngine(scope);
    await engine.request('configureSeeds', { ...DEFAULT_SEED_SETTINGS, ports: [port] });
    const found = await engine.request('findSeeds', undefined);
    assert.equal(found.peers[0]?.unlisted, 100);
    // Its address is enough.
    const task = await engine.completed(await engine.add(`seed://127.0.0.1:${port}/file%202099`));
    assert.equal(task.receivedBytes, 100);
  });

  it('asks all ports for seed:///name, agrees with most of them, and leaves strangers alone', async () => {
    const content = new Content(40 * KIB, 1);
    const other = new Content(41 * KIB, 2);
    const stranger = await startRawServer(scope, (socket) => socket.end('SSH-2.0-x\r\n'));
    const silent = await startRawServer(scope, () => {});
    const liar = await startPythonSeed(scope, folderWith('f.bin', other));
    const seeds = [liar];
    for (const _ of [1, 2]) seeds.push(await startPythonSeed(scope, folderWith('f.bin', content), { delay: 0.001 }));
    const engine = await startInProcessEngine(scope);
    const ports = [stranger.port, silent.port, ...seeds.map(({ port }) => port)];
    await engine.request('configureSeeds', { ...DEFAULT_SEED_SETTINGS, ports });
    const task = await engine.completed(await engine.add('seed:///f.bin'));
    assert.deepEqual(readFileSync(task.targetPath), content.slice(0, content.sizeBytes));
    const found = await engine.request('findSeeds', undefined);
    assert.deepEqual(
      found.peers.map(({ port, state, form }) => [port, state, form]),
      seeds.map(({ port }) => [port, 'up', 'classic']),
    );
    assert.deepEqual(
      found.files.map(({ sizeBytes, addresses }) => [sizeBytes, addresses.length]),
      [
        [other.sizeBytes, 1],
        [content.sizeBytes, 2],
      ],
    );
    // Who never answers is waited for each time.
    await engine.request('configureSeeds', { ...DEFAULT_SEED_SETTINGS, ports: seeds.map(({ port }) => port) });
    await liar.kill();
    const later = await engine.request('findSeeds', undefined);
    assert.deepEqual(later.peers.map(({ state, known }) => [state, known])[0], ['down', true]);
    assert.equal((await engine.failed(await engine.add('seed:///nobody'))).code, 'no-seed');
  });
});
