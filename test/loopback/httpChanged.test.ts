import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import type { InProcessEngine } from '../support/inProcessEngine.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { answerStatus, inTurn, loginPage } from '../support/servers/answers.ts';
import type { HttpServer } from '../support/servers/httpServer.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import type { ServedFile } from '../support/servers/serveFile.ts';
import { serveFile } from '../support/servers/serveFile.ts';

const DATE = 'Mon, 02 Mar 2020 10:00:00 GMT';
const LATER = 'Tue, 03 Mar 2020 10:00:00 GMT';

describe('a file that changes on the server', () => {
  const scope = useScope();
  const old = new Content(6 << 20, 1);
  const sameSize = new Content(6 << 20, 2);
  const otherSize = new Content(5 << 20, 2);

  /** A download that was paused with some of the old file on disk. */
  async function pausedHalfway(
    file: ServedFile,
  ): Promise<{ engine: InProcessEngine; server: HttpServer; id: string; kept: number }> {
    file.body = () => ({ bytesPerSecond: 2 << 20 });
    const server = await startHttpServer(scope, { '/f.bin': serveFile(file) });
    const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 2 } });
    const id = await engine.add(`${server.origin}/f.bin`);
    await engine.received(id, 1 << 20);
    await engine.request('pause', { id });
    assert.equal(await engine.paused(id), null);
    delete file.body;
    return { engine, server, id, kept: engine.tasks.get(id)?.receivedBytes ?? 0 };
  }

  const changes: readonly (readonly [string, Partial<ServedFile>, Partial<ServedFile>])[] = [
    ['another strong tag', {}, { content: sameSize }],
    ['another strong tag, If-Range ignored', {}, { content: sameSize, ifRange: 'ignored' }],
    ['another date', { etag: null, lastModified: DATE }, { content: sameSize, lastModified: LATER }],
    ['another weak tag', { etag: 'W/"a"' }, { content: sameSize, etag: 'W/"b"' }],
    ['another size, without any validator', { etag: null }, { content: otherSize }],
  ];
  for (const [what, before, after] of changes) {
    it(`${what}, seen on resume: file-changed, never a mixture; retry fetches the new one`, async () => {
      const file: ServedFile = { content: old, ...before };
      const { engine, id } = await pausedHalfway(file);
      Object.assign(file, after);
      await engine.request('resume', { id });
      assertPlainError(await engine.failed(id), 'file-changed', '127.0.0.1');
      const { targetPath } = engine.tasks.get(id) ?? assert.fail();
      assert.equal(existsSync(targetPath), false);
      await engine.request('retry', { id });
      await assertDownloaded(await engine.completed(id), file.content);
    });
  }

  it('in the middle of a transfer: file-changed, never a mixture', async () => {
    const begun = serveFile({ content: old, body: () => ({ resetAfterBytes: 1 << 20 }) });
    const server = await startHttpServer(scope, { '/f.bin': inTurn([begun], serveFile({ content: sameSize })) });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${server.origin}/f.bin`);
    assertPlainError(await engine.failed(id), 'file-changed', '127.0.0.1');
    assert.equal(existsSync(engine.tasks.get(id)?.targetPath ?? ''), false);
  });

  it('the same file behind a server that answers 200 to If-Range is gone on with', async () => {
    const file: ServedFile = { content: old };
    const { engine, server, id, kept } = await pausedHalfway(file);
    file.ifRange = 'always-full';
    const before = server.log.bytesSent;
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), old);
    assert.ok(kept > 0 && server.log.bytesSent > before);
  });

  for (const [what, handler, code] of [
    ['a login page', loginPage, 'not-the-file'],
    ['404', answerStatus(404), 'not-found'],
  ] as const) {
    it(`${what} on resume: ${code}, the part is kept and completes later`, async () => {
      const { engine, server, id, kept } = await pausedHalfway({ content: old });
      const good = server.routes.get('/f.bin') ?? assert.fail();
      server.routes.set('/f.bin', handler);
      await engine.request('resume', { id });
      assertPlainError(await engine.failed(id), code, '127.0.0.1');
      server.routes.set('/f.bin', good);
      const before = server.log.bytesSent;
      await engine.request('retry', { id });
      await assertDownloaded(await engine.completed(id), old);
      const again = server.log.bytesSent - before;
      assert.ok(
        again <= old.sizeBytes - kept + (1 << 20),
        `${again} bytes were sent for the missing ${old.sizeBytes - kept}`,
      );
    });
  }

  it('a web page is downloaded when a web page was asked for', async () => {
    const { origin } = await startHttpServer(scope, { '/index.html': loginPage, '/page': loginPage });
    const engine = await startInProcessEngine(scope);
    for (const path of ['/index.html', '/page']) {
      const task = await engine.completed(await engine.add(origin + path));
      assert.match(task.name, /\.html$/);
    }
  });
});
