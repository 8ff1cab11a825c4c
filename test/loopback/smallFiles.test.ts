import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { startEngineProcess } from '../support/engineProcess.ts';
import type { DiskFault } from '../support/faultyDisk/diskFault.ts';
import { FaultyDisk } from '../support/faultyDisk/faultyDisk.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { Gate } from '../support/servers/gate.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { type ServedFile, serveFile } from '../support/servers/serveFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { mountTmpfs, whyNoTmpfs } from '../support/tmpfs.ts';
import { waitFor } from '../support/waitFor.ts';

const KIB = 1024;
/** Slow enough that it is not complete within the first second. */
const SLOW = { bytesPerSecond: 40 * KIB };

describe('small files', () => {
  const scope = useScope();

  it('three hundred at once: each with one request, all of them right, and nothing else in the folder', async () => {
    const contents = Array.from({ length: 300 }, (_, n) => new Content(n * 700, n + 1));
    const routes = contents.map((content, n) => [`/${n}.bin`, serveFile({ content })] as const);
    const server = await startHttpServer(scope, Object.fromEntries(routes));
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 16 } });
    const ids = await Promise.all(contents.map((_, n) => engine.add(`${server.origin}/${n}.bin`)));
    for (const [n, id] of ids.entries())
      await assertDownloaded(await engine.completed(id), contents[n] ?? assert.fail());
    const names = readdirSync(engine.folder);
    assert.deepEqual(names.sort(), contents.map((_, n) => `${n}.bin`).sort());
    assert.equal(server.log.requests.length, contents.length);
  });

  it('one of a mebibyte, and one of a byte more', async () => {
    for (const sizeBytes of [KIB * KIB, KIB * KIB + 1]) {
      const content = new Content(sizeBytes, 5);
      const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
      const engine = await startInProcessEngine(scope);
      await assertDownloaded(await engine.completed(await engine.add(`${origin}/f.bin`)), content);
      assert.deepEqual(readdirSync(engine.folder), ['f.bin']);
    }
  });

  it('a slow one is kept after a second: a killed engine goes on with it', async () => {
    const content = new Content(400 * KIB, 3);
    const file: ServedFile = { content, body: () => SLOW };
    const server = await startHttpServer(scope, { '/f.bin': serveFile(file) });
    const [stateFolder, folder] = [join(tempFolder(scope), 'state'), tempFolder(scope)];
    const engine = await startEngineProcess(scope, { stateFolder, folder });
    const id = await (await engine.client()).add(`${server.origin}/f.bin`);
    const client = await engine.client();
    await client.received(id, 120 * KIB);
    // Just when it has written the record anew: killed while it does, it would leave that under a name of its own, too.
    const recordedMs = (): number | undefined =>
      statSync(join(folder, 'f.bin.part.json'), { throwIfNoEntry: false })?.mtimeMs;
    const knownMs = recordedMs();
    await waitFor('a new record', () => recordedMs() !== knownMs);
    await engine.kill();
    await server.log.quiet();
    assert.deepEqual(readdirSync(folder).sort(), ['f.bin.part', 'f.bin.part.json']);
    delete file.body;
    const before = server.log.requests.length;
    const again = await (await startEngineProcess(scope, { stateFolder, folder })).client();
    await assertDownloaded(await again.completed(id), content);
    assert.ok(server.log.requests.slice(before).every(({ range }) => (range?.start ?? 0) > 0));
    assert.deepEqual(readdirSync(folder), ['f.bin']);
  });

  it('a pause keeps what has come, however young', async () => {
    const content = new Content(400 * KIB, 3);
    const file: ServedFile = { content, body: () => SLOW };
    const server = await startHttpServer(scope, { '/f.bin': serveFile(file) });
    const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 1 } });
    const id = await engine.add(`${server.origin}/f.bin`);
    await engine.received(id, 1);
    await engine.request('pause', { id });
    assert.deepEqual(readdirSync(engine.folder).sort(), ['f.bin.part', 'f.bin.part.json']);
    delete file.body;
    const before = server.log.requests.length;
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
    assert.ok(server.log.requests.slice(before).every(({ range }) => (range?.start ?? 0) > 0));
    assert.deepEqual(readdirSync(engine.folder), ['f.bin']);
  });

  it('a cancel leaves nothing', async () => {
    const content = new Content(400 * KIB, 3);
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content, body: () => SLOW }) });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${origin}/f.bin`);
    await engine.received(id, 1);
    await engine.request('cancel', { id });
    assert.deepEqual(readdirSync(engine.folder), []);
  });

  it('a wrong checksum: kept under a name that warns, and nothing else is left', async () => {
    const content = new Content(5000, 2);
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${origin}/f.bin`, { checksum: `sha256:${new Content(10).sha256}` });
    assertPlainError(await engine.failed(id), 'checksum-mismatch', content.sha256);
    assert.deepEqual(readdirSync(engine.folder), ['f.bin.bad']);
    assert.ok(readFileSync(join(engine.folder, 'f.bin.bad')).equals(content.slice(0, 5000)));
  });

  describe('whose name is taken while they are on their way', () => {
    const content = new Content(5000, 2);

    async function taken(exists: 'rename' | 'ask' | 'skip' | 'replace') {
      const gate = new Gate();
      let asked = false;
      const { origin } = await startHttpServer(scope, {
        '/f.bin': (exchange) => {
          // The name is taken after it was looked at, because the answer comes after that.
          const first = !asked;
          asked = true;
          return first ? serveFile({ content })(exchange) : gate.before(serveFile({ content }))(exchange);
        },
      });
      const engine = await startInProcessEngine(scope);
      // The folder is looked at now, and that is believed for a moment.
      await engine.completed(await engine.add(`${origin}/f.bin`, { fileName: 'first.bin' }));
      const id = await engine.add(`${origin}/f.bin`, { exists });
      writeFileSync(join(engine.folder, 'f.bin'), 'of somebody else');
      gate.open();
      return { engine, id };
    }

    it('rename: the next free name', async () => {
      const { engine, id } = await taken('rename');
      const task = await engine.completed(id);
      await assertDownloaded(task, content);
      assert.equal(task.name, 'f (1).bin');
      assert.equal(readFileSync(join(engine.folder, 'f.bin'), 'utf8'), 'of somebody else');
      assert.deepEqual(readdirSync(engine.folder).sort(), ['f (1).bin', 'f.bin', 'first.bin']);
    });

    for (const exists of ['ask', 'skip'] as const) {
      it(`${exists}: file-exists, and it is not touched`, async () => {
        const { engine, id } = await taken(exists);
        assertPlainError(await engine.failed(id), 'file-exists', join(engine.folder, 'f.bin'));
        assert.equal(readFileSync(join(engine.folder, 'f.bin'), 'utf8'), 'of somebody else');
        assert.deepEqual(readdirSync(engine.folder).sort(), ['f.bin', 'first.bin']);
      });
    }

    it('replace: replaced, as was said', async () => {
      const { engine, id } = await taken('replace');
      await assertDownloaded(await engine.completed(id), content);
      assert.deepEqual(readdirSync(engine.folder).sort(), ['f.bin', 'first.bin']);
    });
  });

  it('several of one name get several names', async () => {
    const contents = Array.from({ length: 5 }, (_, n) => new Content(1000 + n, n + 1));
    const routes = contents.map((content, n) => [`/${n}/f.bin`, serveFile({ content })] as const);
    const { origin } = await startHttpServer(scope, Object.fromEntries(routes));
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 5 } });
    const ids = await Promise.all(contents.map((_, n) => engine.add(`${origin}/${n}/f.bin`)));
    for (const [n, id] of ids.entries())
      await assertDownloaded(await engine.completed(id), contents[n] ?? assert.fail());
    assert.equal(readdirSync(engine.folder).length, 5);
  });

  describe('a disk in trouble', () => {
    const content = new Content(5000, 2);

    async function failWith(faults: readonly DiskFault[]) {
      const disk = new FaultyDisk(scope, faults);
      const server = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
      const [stateFolder, folder] = [join(tempFolder(scope), 'state'), tempFolder(scope)];
      const engine = await startEngineProcess(scope, { stateFolder, folder, env: disk.env });
      const client = await engine.client();
      await client.request('configure', { ...DEFAULT_SETTINGS });
      const id = await client.add(`${server.origin}/f.bin`);
      return { disk, client, folder, id };
    }

    const aside = { pathEnds: '.tmp' } as const;
    const faults: readonly (readonly [what: string, DiskFault, code: 'disk-error' | 'disk-full'])[] = [
      ['a write fails (EIO)', { ...aside, call: 'write', outcome: 'EIO' }, 'disk-error'],
      ['a write takes nothing', { ...aside, call: 'write', outcome: 'nothing' }, 'disk-error'],
      ['the disk is full (ENOSPC)', { ...aside, call: 'write', outcome: 'ENOSPC' }, 'disk-full'],
      ['the flush fails and takes pages with it', { ...aside, call: 'datasync', outcome: 'EIO' }, 'disk-error'],
      ['it cannot be linked', { call: 'link', pathEnds: 'f.bin', outcome: 'EIO' }, 'disk-error'],
    ];
    for (const [what, fault, code] of faults) {
      it(`${what}: ${code}, nothing is left, and it completes later`, async () => {
        const { disk, client, folder, id } = await failWith([fault]);
        assertPlainError(await client.paused(id), code, folder);
        assert.ok(disk.failed.length > 0);
        assert.deepEqual(readdirSync(folder), []);
        disk.set([]);
        await client.request('resume', { id });
        await assertDownloaded(await client.completed(id), content);
        assert.deepEqual(readdirSync(folder), ['f.bin']);
      });
    }

    it('the folder cannot be flushed: disk-error, and the file that has its name already is known again', async () => {
      const { disk, client, folder, id } = await failWith([{ call: 'sync', pathEnds: '', outcome: 'EIO' }]);
      assertPlainError(await client.paused(id), 'disk-error', folder);
      disk.set([]);
      await client.request('resume', { id });
      await assertDownloaded(await client.completed(id), content);
      assert.deepEqual(readdirSync(folder), ['f.bin']);
    });

    it('a file system without hard links: it completes all the same', async () => {
      const { disk, client, folder, id } = await failWith([{ call: 'link', pathEnds: 'f.bin', outcome: 'EPERM' }]);
      await assertDownloaded(await client.completed(id), content);
      assert.ok(disk.failed.length > 0);
      assert.deepEqual(readdirSync(folder), ['f.bin']);
    });

    it('writes that take only a part of their bytes: nothing is missing', async () => {
      const { disk, client, id } = await failWith([{ ...aside, call: 'write', outcome: 'short' }]);
      await assertDownloaded(await client.completed(id), content);
      assert.ok(disk.failed.length > 3);
    });

    it('full: disk-full, other files untouched, and it completes once there is room', async function () {
      skipBecause(this, whyNoTmpfs());
      const big = new Content(600 * KIB, 4);
      const { folder } = mountTmpfs(scope, KIB * KIB);
      const other = Buffer.alloc(700 * KIB, 7);
      writeFileSync(join(folder, 'other.bin'), other);
      const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content: big }) });
      const engine = await startInProcessEngine(scope, { folder });
      const id = await engine.add(`${origin}/f.bin`);
      assertPlainError(await engine.paused(id), 'disk-full', folder);
      assert.deepEqual(readdirSync(folder), ['other.bin']);
      assert.ok(readFileSync(join(folder, 'other.bin')).equals(other));
      rmSync(join(folder, 'other.bin'));
      await engine.request('resume', { id });
      await assertDownloaded(await engine.completed(id), big);
    });
  });
});
