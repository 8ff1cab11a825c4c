import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DEFAULT_SEED_SETTINGS, type SeedSettings, type SharingSnapshot } from '../../src/contract/seedApi.ts';
import { Engine } from '../../src/engine/engine.ts';
import { startEngineProcess } from '../support/engineProcess.ts';
import { freePort } from '../support/freePort.ts';
import { type InProcessEngine, startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { openSharing } from '../support/seeds/openSharing.ts';
import { rawAsk } from '../support/seeds/rawAsk.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

/** A user who owns nothing. */
const NOBODY = 65_534;

describe('sharing through the engine', () => {
  const scope = useScope();

  async function settings(more: Partial<SeedSettings> = {}): Promise<SeedSettings> {
    return { ...DEFAULT_SEED_SETTINGS, ports: [await freePort(), await freePort()], ...more };
  }

  async function start(given: SeedSettings, stateFolder = join(tempFolder(scope), 'state')): Promise<InProcessEngine> {
    const engine = await startInProcessEngine(scope, { stateFolder });
    await engine.request('configureSeeds', given);
    return engine;
  }

  it('tells everything about what is shared, and stops at once when told to', async () => {
    const given = await settings();
    const engine = await start(given);
    assert.equal((await engine.request('sharing', undefined)).state, 'off');
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'a'), 'aaa');
    const single = join(tempFolder(scope), '.single file');
    writeFileSync(single, 'single');
    const { id } = await engine.request('share', { path: folder });
    const other = await engine.request('share', { path: single });
    assert.equal((await engine.request('share', { path: folder })).id, id);
    const port = given.ports[0] ?? 0;
    const snapshot = await waitFor('digests', async () => {
      const now = await engine.request('sharing', undefined);
      return now.shares.every(({ hashing }) => hashing === 0) && now;
    });
    assert.deepEqual(snapshot, {
      state: 'listening',
      address: `127.0.0.1:${port}`,
      port,
      error: null,
      peers: [],
      bytesServed: 0,
      shares: [
        {
          id,
          kind: 'folder',
          path: folder,
          files: 1,
          hidden: 0,
          sizeBytes: 3,
          address: `seed://127.0.0.1:${port}`,
          link: `http://127.0.0.1:${port}/files`,
          bytesServed: 0,
          hashing: 0,
          error: null,
        },
        {
          id: other.id,
          kind: 'file',
          path: single,
          files: 1,
          hidden: 0,
          sizeBytes: 6,
          address: `seed://127.0.0.1:${port}/.single%20file`,
          link: `http://127.0.0.1:${port}/files/.single%20file`,
          bytesServed: 0,
          hashing: 0,
          error: null,
        },
      ],
    } satisfies SharingSnapshot);
    const response = await fetch(snapshot.shares[1]?.link ?? '');
    assert.equal(await response.text(), 'single');
    const served = await engine.request('sharing', undefined);
    assert.deepEqual(
      served.shares.map(({ bytesServed }) => bytesServed),
      [0, 6],
    );
    assert.deepEqual(
      served.peers.map(({ address, bytesServed }) => [address, bytesServed]),
      [['127.0.0.1', 6]],
    );
    await engine.request('stopSharing', { id: other.id });
    assert.equal((await fetch(snapshot.shares[1]?.link ?? '')).status, 404);
    await engine.request('stopSharing', { id });
    await assert.rejects(rawAsk(port, ['LIST']), { code: 'ECONNREFUSED' });
    await assert.rejects(engine.request('stopSharing', { id }), { code: 'not-shared' });
    await assert.rejects(engine.request('share', { path: join(folder, 'nothing') }), { code: 'file-missing' });
    await assert.rejects(engine.request('share', { path: 'relative' }), { code: 'bad-option' });
  });

  it('tells by itself that what is shared has changed, has gone, and is back', async () => {
    const folder = join(tempFolder(scope), 'shared');
    mkdirSync(folder);
    const { sharing } = await openSharing(scope, [folder]);
    let told: SharingSnapshot['shares'][number] | undefined;
    sharing.onDidChange(({ shares }) => {
      told = shares[0];
    });
    writeFileSync(join(folder, 'a'), 'aaa');
    await waitFor('the file', () => told?.files === 1 && told.sizeBytes === 3);
    rmSync(folder, { recursive: true });
    await waitFor('the end', () => told?.error?.code === 'file-missing');
    mkdirSync(folder);
    await waitFor('the return', () => told?.error === null && told.files === 0);
  });

  it('tells by itself that somebody who had kept a connection has gone', async () => {
    const path = join(tempFolder(scope), 'shared');
    writeFileSync(path, 'shared');
    const { sharing, port } = await openSharing(scope, [path]);
    let told: SharingSnapshot['peers'] = [];
    let toldAtMs = performance.now();
    let longestGapMs = 0;
    sharing.onDidChange(({ peers }) => {
      longestGapMs = told.length === 0 ? 0 : Math.max(longestGapMs, performance.now() - toldAtMs);
      toldAtMs = performance.now();
      told = peers;
    });
    const idle = connect(port, '127.0.0.1');
    scope.defer(() => idle.destroy());
    await once(idle, 'connect');
    // Something else changes meanwhile.
    const other = join(tempFolder(scope), 'other');
    writeFileSync(other, 'other');
    await sharing.share(other);
    // Long after what has changed was told, so that nothing but the connection can be a reason to tell anything.
    await waitFor('who is still there', () => told.length === 1 && longestGapMs > 2000);
    idle.destroy();
    await waitFor('nobody', () => told.length === 0);
  });

  it('cuts off what is no longer shared, and nothing else', async () => {
    const files = ['one', 'two'].map((name) => join(tempFolder(scope), name));
    for (const path of files) writeFileSync(path, Buffer.alloc(2_000_000, path));
    // Slowly, so that both are under way.
    const { sharing, origin } = await openSharing(scope, files, { uploadBytesPerSecond: 1_000_000 });
    const answers = await Promise.all(['one', 'two'].map((name) => fetch(`${origin}/files/${name}`)));
    const bodies = answers.map((answer) => answer.arrayBuffer());
    const cut = assert.rejects(bodies[0] ?? Promise.resolve());
    await sharing.stop(sharing.shares[0]?.id ?? '');
    await cut;
    assert.equal((await bodies[1])?.byteLength, 2_000_000);
  });

  it('tells whoever was downloading it that the seed does not offer the file any more', async () => {
    const path = join(tempFolder(scope), 'film.bin');
    writeFileSync(path, Buffer.alloc(4_000_000, 'film'));
    // The other one keeps the seed there.
    const other = join(tempFolder(scope), 'other.txt');
    writeFileSync(other, 'other');
    const { sharing, port } = await openSharing(scope, [path, other], { uploadBytesPerSecond: 1_000_000 });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`seed://127.0.0.1:${port}/film.bin`);
    await engine.received(id, 1);
    await sharing.stop(sharing.shares[0]?.id ?? '');
    assert.deepEqual(await engine.failed(id), {
      code: 'seed-without-file',
      args: { host: `127.0.0.1:${port}`, name: 'film.bin' },
    });
  });

  it('tells of files that nobody sees because of others of the same name', async () => {
    const [older, newer] = [tempFolder(scope), tempFolder(scope)];
    for (const folder of [older, newer]) writeFileSync(join(folder, 'same'), folder);
    writeFileSync(join(newer, 'other'), '');
    const { sharing, origin } = await openSharing(scope, [older, newer, join(newer, 'same')]);
    const { shares } = await sharing.snapshot();
    assert.deepEqual(
      shares.map(({ files, hidden }) => [files, hidden]),
      [
        [1, 0],
        [1, 1],
        [0, 1],
      ],
    );
    assert.equal(await (await fetch(`${origin}/files/same`)).text(), older);
  });

  it('shares nothing that it may not read', async function () {
    if (process.getuid === undefined) this.skip();
    const engine = await start(await settings());
    const parent = tempFolder(scope);
    chmodSync(parent, 0o755);
    const folder = join(parent, 'folder');
    const file = join(parent, 'file');
    mkdirSync(folder);
    writeFileSync(file, 'secret');
    for (const path of [folder, file]) chmodSync(path, 0);
    // Who is not root could not delete it.
    scope.defer(() => chmodSync(folder, 0o700));
    // To root nothing is closed.
    const isRoot = process.getuid() === 0;
    if (isRoot) process.seteuid?.(NOBODY);
    try {
      for (const path of [folder, file]) {
        await assert.rejects(engine.request('share', { path }), {
          code: 'share-unreadable',
          args: { path, reason: 'it may not be read' },
        });
      }
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
    assert.equal((await engine.request('sharing', undefined)).state, 'off');
  });

  it('goes on after a restart of the engine, on the same port, without the digests computed again', async () => {
    const given = await settings();
    const stateFolder = join(tempFolder(scope), 'state');
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'a'), 'aaa');
    const first = await start(given, stateFolder);
    await first.request('share', { path: folder });
    await waitFor('digests', async () => (await first.request('sharing', undefined)).shares[0]?.hashing === 0);
    await first.close();
    const notices: SharingSnapshot[] = [];
    const engine = await Engine.start({ stateFolder, version: '0.0.0-test' });
    scope.defer(() => engine.close());
    engine.onDidNotify((notice) => notice.name === 'sharing' && notices.push(notice.payload));
    assert.equal(engine.isSharing, true);
    const snapshot = await engine.handle('sharing', undefined);
    assert.deepEqual([snapshot.state, snapshot.port], ['listening', given.ports[0]]);
    assert.deepEqual([snapshot.shares[0]?.files, snapshot.shares[0]?.hashing], [1, 0]);
    const { headers } = await fetch(`${snapshot.shares[0]?.link}/a`, { method: 'HEAD' });
    assert.match(headers.get('repr-digest') ?? '', /^sha-256=:/);
    await (await fetch(`${snapshot.shares[0]?.link}/a`)).text();
    await waitFor('a notification', () => notices.some(({ bytesServed }) => bytesServed === 3));
    // A folder that is gone is told of, not fatal.
    rmSync(folder, { recursive: true });
    await waitFor('the folder to be missed', async () => {
      const { shares } = await engine.handle('sharing', undefined);
      return shares[0]?.error?.code === 'file-missing';
    });
  });

  it('takes the next port when one is taken, and says so when it has to be a certain one', async () => {
    const given = await settings();
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'a'), 'aaa');
    const one = await start(given);
    await one.request('share', { path: folder });
    const two = await start(given);
    await two.request('share', { path: folder });
    assert.equal((await two.request('sharing', undefined)).port, given.ports[1]);
    // One's own seed is not asked.
    const found = await two.request('findSeeds', undefined);
    assert.deepEqual(
      found.peers.map(({ port, form }) => [port, form]),
      [[given.ports[0], 'fast']],
    );
    const three = await start({ ...given, seedNumber: (given.ports[0] ?? 0) - 8079 });
    await assert.rejects(three.request('share', { path: folder }), { code: 'port-in-use' });
    assert.equal((await three.request('sharing', undefined)).state, 'off');
  });

  it('keeps the key in memory only, and waits for it after a restart', async () => {
    const given = await settings({ host: '0.0.0.0', key: 'a-secret-key' });
    const stateFolder = join(tempFolder(scope), 'state');
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'a'), 'aaa');
    const first = await start(given, stateFolder);
    await first.request('share', { path: folder });
    const [port] = given.ports;
    const address = (key: string): string => `seed://:${key}@127.0.0.1:${port}/a`;
    const receiver = await start(await settings());
    const task = await receiver.completed(await receiver.add(address('a-secret-key')));
    assert.equal(readFileSync(task.targetPath, 'utf8'), 'aaa');
    assert.doesNotMatch(JSON.stringify([...receiver.tasks.values()]), /a-secret-key/);
    await first.close();
    for (const name of ['shares.json', 'settings.json'])
      if (existsSync(join(stateFolder, name)))
        assert.doesNotMatch(readFileSync(join(stateFolder, name), 'utf8'), /a-secret-key/);
    const again = await startInProcessEngine(scope, { stateFolder });
    assert.deepEqual((await again.request('sharing', undefined)).state, 'failed');
    await again.request('configureSeeds', given);
    assert.deepEqual((await again.request('sharing', undefined)).state, 'listening');
  });

  it('puts downloads where the classic system has them, and serves its folder', async () => {
    const given = await settings({ layout: 'classic', seedNumber: 0 });
    const base = tempFolder(scope);
    const theirs = await start(given);
    mkdirSync(join(base, 'files/seed1/1'), { recursive: true });
    writeFileSync(join(base, 'files/seed1/1/their file'), 'theirs');
    await theirs.request('share', { path: base });
    const snapshot = await theirs.request('sharing', undefined);
    assert.equal(snapshot.shares[0]?.path, join(base, 'files/seed1/1'));
    const engine = await start({ ...given, seedNumber: 3 });
    const source = (given.ports[0] ?? 0) - 8079;
    for (const address of ['seed:///their%20file', `seed://127.0.0.1:${given.ports[0]}/their file`]) {
      const task = await engine.completed(await engine.add(address, { exists: 'replace' }));
      assert.equal(task.targetPath, join(engine.folder, `files/seed3/3/${source}/their file`));
      assert.equal(readFileSync(task.targetPath, 'utf8'), 'theirs');
    }
  });

  it('keeps the engine alive as long as something is shared, with no client', async () => {
    const stateFolder = join(tempFolder(scope), 'state');
    const engine = await startEngineProcess(scope, { stateFolder, idleSeconds: 1 });
    const client = await engine.client();
    await client.request('configureSeeds', await settings());
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'a'), 'aaa');
    const { id } = await client.request('share', { path: folder });
    const [share] = (await client.request('sharing', undefined)).shares;
    client.disconnect();
    // One that nobody needs is the clock.
    for (const _ of [1, 2]) {
      const idle = await startEngineProcess(scope, { stateFolder: join(tempFolder(scope), 'state'), idleSeconds: 1 });
      await idle.ended;
    }
    assert.equal(await (await fetch(`${share?.link}/a`)).text(), 'aaa');
    const again = await engine.client();
    await again.request('stopSharing', { id });
    again.disconnect();
    assert.deepEqual(await engine.ended, [0, null]);
  });

  it('shares nothing any more once Tributary was uninstalled, when the last client is gone', async () => {
    const dist = join(tempFolder(scope), 'dist');
    cpSync(join(import.meta.dirname, '../../dist'), dist, { recursive: true });
    cpSync(join(import.meta.dirname, '../../package.json'), join(dist, 'package.json'));
    const stateFolder = join(tempFolder(scope), 'state');
    const script = join(dist, 'engine.js');
    const engine = await startEngineProcess(scope, { stateFolder, idleSeconds: 0.4, script });
    const client = await engine.client();
    await client.request('configureSeeds', await settings());
    await client.request('share', { path: tempFolder(scope) });
    rmSync(dist, { recursive: true });
    client.disconnect();
    assert.deepEqual(await engine.ended, [0, null]);
  });
});
