import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorInfo } from '../../src/contract/errors.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError, refusal } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import type { ServedFile } from '../support/servers/serveFile.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { mountTmpfs, whyNoTmpfs } from '../support/tmpfs.ts';

const MIB = 1 << 20;

describe('a disk in trouble', () => {
  const scope = useScope();

  it('too small from the start: disk-full before anything is fetched for nothing, and it goes on once there is room', async function () {
    skipBecause(this, whyNoTmpfs());
    const content = new Content(12 * MIB);
    const { folder } = mountTmpfs(scope, 16 * MIB);
    writeFileSync(join(folder, 'other.bin'), Buffer.alloc(8 * MIB));
    const { origin, log } = await startHttpServer(scope, {
      '/f.bin': serveFile({ content, body: () => ({ bytesPerSecond: 4 * MIB }) }),
    });
    const engine = await startInProcessEngine(scope, { folder });
    const id = await engine.add(`${origin}/f.bin`);
    assertPlainError(await engine.paused(id), 'disk-full', folder);
    assert.ok(log.bytesSent < 2 * MIB, `${log.bytesSent} bytes were fetched for nothing`);
    rmSync(join(folder, 'other.bin'));
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
  });

  it('filled by somebody else in the middle: disk-full, the part is kept, and only the rest is fetched afterwards', async function () {
    skipBecause(this, whyNoTmpfs());
    const content = new Content(16 * MIB);
    const { folder } = mountTmpfs(scope, 24 * MIB);
    const file: ServedFile = { content, body: () => ({ bytesPerSecond: 2 * MIB }) };
    const { origin, log } = await startHttpServer(scope, { '/f.bin': serveFile(file) });
    const engine = await startInProcessEngine(scope, { folder, settings: { lanesPerTask: 2 } });
    const id = await engine.add(`${origin}/f.bin`);
    // Long enough for a resume record: on a full disk no newer one can be written.
    await engine.received(id, 6 * MIB);
    fillUp(join(folder, 'other.bin'));
    assertPlainError(await engine.paused(id), 'disk-full', folder);
    await log.quiet();
    const kept = engine.tasks.get(id)?.receivedBytes ?? 0;
    assert.ok(existsSync(join(folder, 'f.bin.part')));
    rmSync(join(folder, 'other.bin'));
    const asked = log.requests.length;
    const before = log.bytesSent;
    file.body = () => ({ bytesPerSecond: 6 * MIB });
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
    const again = log.bytesSent - before;
    const twoSeconds = 2 * 2 * 2 * MIB;
    assert.ok(log.requests.slice(asked).every(({ range }) => (range?.start ?? 0) > 0));
    assert.ok(
      again <= content.sizeBytes - kept + twoSeconds,
      `${again} bytes were sent for the missing ${content.sizeBytes - kept}`,
    );
  });

  it('too small for a file of unknown length: disk-full, other files untouched, and it completes once there is room', async function () {
    skipBecause(this, whyNoTmpfs());
    const content = new Content(6 * MIB);
    const { folder } = mountTmpfs(scope, 8 * MIB);
    const other = Buffer.alloc(4 * MIB, 7);
    writeFileSync(join(folder, 'other.bin'), other);
    const { origin } = await startHttpServer(scope, {
      '/f.bin': serveFile({ content, ranges: false, length: 'chunked' }),
    });
    const engine = await startInProcessEngine(scope, { folder });
    const id = await engine.add(`${origin}/f.bin`);
    assertPlainError(await engine.paused(id), 'disk-full', folder);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name === 'f.bin'),
      [],
      'no half file under the final name',
    );
    rmSync(join(folder, 'other.bin'));
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
  });

  it('read-only: folder-unwritable', async function () {
    skipBecause(this, whyNoTmpfs());
    const { folder, makeReadOnly } = mountTmpfs(scope, MIB);
    writeFileSync(join(folder, 'other.bin'), 'precious');
    makeReadOnly();
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content: new Content(100_000) }) });
    const engine = await startInProcessEngine(scope, { folder });
    assertPlainError(
      await troubleOf(engine.add(`${origin}/f.bin`), (id) => engine.paused(id)),
      'folder-unwritable',
      `The folder ${folder} cannot be written to.`,
    );
    assert.deepEqual(readdirSync(folder), ['other.bin']);
  });

  it('read-only: another folder helps, and nothing is left behind', async function () {
    skipBecause(this, whyNoTmpfs());
    const content = new Content(3 * MIB);
    const { folder, makeReadOnly } = mountTmpfs(scope, MIB);
    makeReadOnly();
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const engine = await startInProcessEngine(scope, { folder });
    const id = await engine.add(`${origin}/f.bin`);
    await engine.paused(id);
    const other = join(tempFolder(scope), 'other');
    assertPlainError(await refusal(engine.request('changeFolder', { id, folder: 'other' })), 'bad-option', 'other');
    await engine.request('changeFolder', { id, folder: other });
    const task = await engine.completed(id);
    await assertDownloaded(task, content);
    assert.equal(task.targetPath, join(other, 'f.bin'));
    assertPlainError(await refusal(engine.request('changeFolder', { id, folder })), 'illegal-move', 'completed');
  });

  it('a part that is left for another folder is deleted', async () => {
    const content = new Content(8 * MIB);
    const folder = tempFolder(scope);
    const file: ServedFile = { content, body: () => ({ bytesPerSecond: MIB }) };
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile(file) });
    const engine = await startInProcessEngine(scope, { folder, settings: { lanesPerTask: 2 } });
    const id = await engine.add(`${origin}/f.bin`);
    await engine.received(id, MIB);
    assertPlainError(await refusal(engine.request('changeFolder', { id, folder })), 'illegal-move', 'active');
    await engine.request('pause', { id });
    file.body = () => ({});
    const other = tempFolder(scope);
    await engine.request('changeFolder', { id, folder: other });
    await assertDownloaded(await engine.completed(id), content);
    assert.deepEqual([readdirSync(folder), readdirSync(other)], [[], ['f.bin']]);
  });

  it('a file where the folder should be: folder-missing, and the file is as it was', async () => {
    const home = tempFolder(scope);
    writeFileSync(join(home, 'file'), 'precious');
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content: new Content(100_000) }) });
    const engine = await startInProcessEngine(scope);
    for (const folder of [join(home, 'file'), join(home, 'file', 'below')]) {
      const error = await troubleOf(engine.add(`${origin}/f.bin`, { folder }), (id) => engine.paused(id));
      assertPlainError(error, 'folder-missing', folder);
    }
    assert.deepEqual(readdirSync(home), ['file']);
  });

  it('a folder that goes away in the middle: file-missing of the part, and Resume makes it anew', async () => {
    const content = new Content(8 * MIB);
    const folder = join(tempFolder(scope), 'gone');
    const file: ServedFile = { content, body: () => ({ bytesPerSecond: MIB }) };
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile(file) });
    const engine = await startInProcessEngine(scope, { folder, settings: { lanesPerTask: 2 } });
    const id = await engine.add(`${origin}/f.bin`);
    await engine.received(id, MIB);
    // A record may just be written into it.
    rmSync(folder, { recursive: true, maxRetries: 5 });
    const reason = await engine.paused(id);
    assertPlainError(reason, 'file-missing', join(folder, 'f.bin.part'));
    assert.equal(reason?.args.path, join(folder, 'f.bin.part'));
    file.body = () => ({});
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
  });

  it('a folder that went away: what was in the lost part is not believed of the part that takes its place', async () => {
    const content = new Content(8 * MIB);
    const folder = join(tempFolder(scope), 'gone');
    const file: ServedFile = { content, body: () => ({ bytesPerSecond: MIB }) };
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile(file) });
    const engine = await startInProcessEngine(scope, { folder, settings: { lanesPerTask: 2 } });
    const id = await engine.add(`${origin}/f.bin`);
    await engine.received(id, 2 * MIB);
    rmSync(folder, { recursive: true, maxRetries: 5 });
    assertPlainError(await engine.paused(id), 'file-missing', folder);
    file.body = () => ({ bytesPerSecond: 100_000 });
    await engine.request('resume', { id });
    await engine.until(id, 'to have begun anew', () => existsSync(join(folder, 'f.bin.part')));
    await engine.request('pause', { id });
    delete file.body;
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
  });

  it('a folder that is not there is made', async () => {
    const content = new Content(100_000);
    const folder = join(tempFolder(scope), 'a', 'b c', 'ü');
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const engine = await startInProcessEngine(scope);
    await assertDownloaded(await engine.completed(await engine.add(`${origin}/f.bin`, { folder })), content);
    assert.deepEqual(readdirSync(folder), ['f.bin']);
  });
});

/** Refused at once, or paused or failed when its turn comes: either is an answer, and its code is what counts. */
async function troubleOf(
  adding: Promise<string>,
  later: (id: string) => Promise<ErrorInfo | null>,
): Promise<ErrorInfo | null> {
  let id: string;
  try {
    id = await adding;
  } catch (error) {
    return error as ErrorInfo;
  }
  return later(id);
}

function fillUp(path: string): void {
  try {
    for (;;) writeFileSync(path, Buffer.alloc(64 * 1024), { flag: 'a' });
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  }
}
