import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../src/contract/errors.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError, refusal } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { tempFolder } from '../support/tempFolder.ts';

describe('what a user may ask for', () => {
  const scope = useScope();
  const content = new Content(700_000, 1);
  const other = new Content(500_000, 2);

  const notLinks: readonly (readonly [string, ErrorCode])[] = [
    ['', 'not-a-link'],
    ['hello world', 'not-a-link'],
    ['example.org/f.bin', 'not-a-link'],
    ['/etc/passwd', 'not-a-link'],
    ['http://', 'not-a-link'],
    ['http:///f.bin', 'not-a-link'],
    ['http://a b/f.bin', 'not-a-link'],
    ['https://[::1/f.bin', 'not-a-link'],
    ['ftp://127.0.0.1/f.bin', 'scheme-unsupported'],
    ['file:///etc/passwd', 'scheme-unsupported'],
    ['seed:///', 'not-a-link'],
    ['ipfs://bafy', 'not-a-link'],
    ['hub://127.0.0.1:8090/x', 'bad-option'],
  ];
  it('not a link: refused with a plain sentence, and nothing is put into the queue', async () => {
    const engine = await startInProcessEngine(scope);
    for (const [text, code] of notLinks) assertPlainError(await refusal(engine.add(text)), code);
    assert.deepEqual((await engine.request('list', undefined)).tasks, []);
    assert.deepEqual(readdirSync(engine.folder), []);
  });

  it('wrong checksums and headers are refused at once', async () => {
    const engine = await startInProcessEngine(scope);
    const address = 'http://127.0.0.1:9/f.bin';
    for (const checksum of ['sha256:xyz', 'sha256:1234', 'crc32:00000000', '']) {
      assertPlainError(await refusal(engine.add(address, { checksum })), 'bad-checksum');
    }
    for (const headers of [{ 'a b': 'c' }, { a: 'b\r\nc: d' }, { Range: 'bytes=0-1' }] as const) {
      const error = await refusal(engine.add(address, { headers: { ...headers } as Record<string, string> }));
      assertPlainError(error, 'bad-header');
    }
    assert.deepEqual((await engine.request('list', undefined)).tasks, []);
  });

  it('a link with spaces', async () => {
    const { origin, log } = await startHttpServer(scope, { '/my%20files/a%20b.bin': serveFile({ content }) });
    const engine = await startInProcessEngine(scope);
    const task = await engine.completed(await engine.add(`  ${origin}/my files/a b.bin \n`));
    await assertDownloaded(task, content);
    assert.equal(task.name, 'a b.bin');
    assert.ok(log.requests.every(({ target }) => target === '/my%20files/a%20b.bin'));
  });

  it('a path is sent as it was given', async () => {
    const path = "/a%2Fb/%7Euser/x'(1)!.bin";
    const { origin, log } = await startHttpServer(scope, { [path]: serveFile({ content }) });
    const engine = await startInProcessEngine(scope);
    await engine.completed(await engine.add(origin + path));
    assert.ok(
      log.requests.every(({ target }) => target === path),
      JSON.stringify(log.requests.map(({ target }) => target)),
    );
  });

  it('the same link twice: both complete, neither overwrites the other', async () => {
    const { origin } = await startHttpServer(scope, {
      '/f.bin': serveFile({ content, body: () => ({ bytesPerSecond: 1_000_000 }) }),
    });
    const engine = await startInProcessEngine(scope);
    const ids = [await engine.add(`${origin}/f.bin`), await engine.add(`${origin}/f.bin`)];
    const tasks = await Promise.all(ids.map((id) => engine.completed(id)));
    for (const task of tasks) await assertDownloaded(task, content);
    assert.deepEqual(readdirSync(engine.folder).sort(), [...new Set(tasks.map(({ name }) => name))].sort());
  });

  it('two different files of the same name, at the same time and one after the other', async () => {
    const { origin } = await startHttpServer(scope, {
      '/one/f.tar.gz': serveFile({ content, body: () => ({ bytesPerSecond: 1_000_000 }) }),
      '/two/f.tar.gz': serveFile({ content: other, body: () => ({ bytesPerSecond: 1_000_000 }) }),
    });
    const engine = await startInProcessEngine(scope);
    const [one, two] = [await engine.add(`${origin}/one/f.tar.gz`), await engine.add(`${origin}/two/f.tar.gz`)];
    await assertDownloaded(await engine.completed(one), content);
    await assertDownloaded(await engine.completed(two), other);
    const three = await engine.completed(await engine.add(`${origin}/two/f.tar.gz`));
    await assertDownloaded(three, other);
    await assertDownloaded(engine.tasks.get(one) ?? assert.fail(), content);
    assert.equal(readdirSync(engine.folder).length, 3);
    assert.match(three.name, /^f \(\d\)\.tar\.gz$/);
  });

  describe('when the name is taken', () => {
    async function withTakenName(exists: 'ask' | 'rename' | 'skip' | 'replace', present: Buffer) {
      const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
      const folder = tempFolder(scope);
      writeFileSync(join(folder, 'f.bin'), present);
      const engine = await startInProcessEngine(scope, { folder });
      return { engine, folder, id: await engine.add(`${origin}/f.bin`, { exists }) };
    }
    const same = content.slice(0, content.sizeBytes);
    const foreign = Buffer.from('precious');

    it('rename takes the next free name', async () => {
      const { engine, folder, id } = await withTakenName('rename', foreign);
      const task = await engine.completed(id);
      await assertDownloaded(task, content);
      assert.match(task.name, /^f \(\d\)\.bin$/);
      assert.deepEqual(readFileSync(join(folder, 'f.bin')), foreign);
    });

    for (const policy of ['ask', 'skip'] as const) {
      it(`${policy} leaves another file alone and says so`, async () => {
        const { engine, folder, id } = await withTakenName(policy, foreign);
        assertPlainError(await engine.failed(id), 'file-exists', join(folder, 'f.bin'));
        assert.deepEqual(readFileSync(join(folder, 'f.bin')), foreign);
        assert.deepEqual(readdirSync(folder), ['f.bin']);
      });
    }

    it('skip is content with the same file', async () => {
      const { engine, folder, id } = await withTakenName('skip', same);
      const task = await engine.completed(id);
      assert.equal(task.targetPath, join(folder, 'f.bin'));
      assert.deepEqual(readdirSync(folder), ['f.bin']);
    });

    it('replace puts the new file in its place, and not before it is complete', async () => {
      const { engine, folder, id } = await withTakenName('replace', foreign);
      await assertDownloaded(await engine.completed(id), content);
      assert.deepEqual(readdirSync(folder), ['f.bin']);
    });

    it('replace keeps the old file when the download fails', async () => {
      const { origin } = await startHttpServer(scope, {});
      const folder = tempFolder(scope);
      writeFileSync(join(folder, 'f.bin'), foreign);
      const engine = await startInProcessEngine(scope, { folder });
      await engine.failed(await engine.add(`${origin}/f.bin`, { exists: 'replace' }));
      assert.deepEqual(readFileSync(join(folder, 'f.bin')), foreign);
    });
  });

  it('requests about a task that is not there, or that its state does not allow, are refused', async () => {
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const engine = await startInProcessEngine(scope);
    for (const name of ['pause', 'resume', 'cancel', 'retry', 'remove', 'link', 'sha256'] as const) {
      assertPlainError(await refusal(engine.request(name, { id: 'nothere0' })), 'unknown-task', 'nothere0');
    }
    const id = await engine.add(`${origin}/f.bin`);
    await engine.completed(id);
    for (const name of ['pause', 'resume', 'cancel'] as const) {
      assertPlainError(await refusal(engine.request(name, { id })), 'illegal-move');
    }
  });

  it('the digest of a finished file is computed once asked for, and a file that is gone is named', async () => {
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${origin}/f.bin`);
    const { targetPath } = await engine.completed(id);
    assert.deepEqual(await engine.request('sha256', { id }), { sha256: content.sha256 });
    await engine.until(
      id,
      'to keep its digest',
      ({ status }) => status.state === 'completed' && status.sha256 === content.sha256,
    );
    await engine.request('remove', { id });
    await engine.removed(id);
    assert.ok(existsSync(targetPath), 'removing from the list touches no file');
    const gone = await engine.add(`${origin}/f.bin`, { fileName: 'gone.bin' });
    const task = await engine.completed(gone);
    unlinkSync(task.targetPath);
    assertPlainError(await refusal(engine.request('sha256', { id: gone })), 'file-missing', task.targetPath);
  });

  it('cancel deletes the part and takes the task off the list', async () => {
    const { origin, log } = await startHttpServer(scope, {
      '/f.bin': serveFile({ content, body: () => ({ bytesPerSecond: 100_000 }) }),
    });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${origin}/f.bin`);
    await engine.received(id, 1);
    await engine.request('cancel', { id });
    await engine.removed(id);
    assert.deepEqual(readdirSync(engine.folder), []);
    await log.quiet();
    assert.deepEqual((await engine.request('list', undefined)).tasks, []);
  });
});
