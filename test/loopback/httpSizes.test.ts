import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { answerStatus, gzipAnyway } from '../support/servers/answers.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { startNginx, whyNoNginx } from '../support/servers/nginx.ts';
import { startPythonServer, whyNoPython } from '../support/servers/pythonServer.ts';
import type { ServedFile } from '../support/servers/serveFile.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';

const CHUNK_BYTES = 512 * 1024;

describe('a file of any size, from a server of any manners', () => {
  const scope = useScope();
  const date = 'Mon, 02 Mar 2020 10:00:00 GMT';
  const manners: readonly (readonly [string, Omit<ServedFile, 'content'>])[] = [
    ['ranges and a strong tag', {}],
    ['a weak tag', { etag: 'W/"weak"' }],
    ['a date only', { etag: null, lastModified: date }],
    ['no validator', { etag: null }],
    ['no ranges', { ranges: false }],
    ['no ranges, no length (chunked)', { ranges: false, length: 'chunked' }],
    ['ranges in chunked coding', { length: 'chunked' }],
  ];
  const sizes = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5_000_001];

  for (const [what, file] of manners) {
    it(`${sizes.join(', ')} bytes with ${what}`, async () => {
      const contents = sizes.map((size) => new Content(size, 3));
      const routes = Object.fromEntries(
        contents.map((content) => [`/${content.sizeBytes}.bin`, serveFile({ content, ...file })]),
      );
      const { origin, log } = await startHttpServer(scope, routes);
      const engine = await startInProcessEngine(scope);
      for (const content of contents) {
        const task = await engine.completed(await engine.add(`${origin}/${content.sizeBytes}.bin`));
        await assertDownloaded(task, content);
        assert.equal(task.name, `${content.sizeBytes}.bin`);
        assert.ok(task.status.state === 'completed' && task.status.verification === 'size-only');
      }
      assert.ok(
        log.requests.every(({ method }) => method === 'GET'),
        'HEAD is never depended on',
      );
      assert.ok(log.requests.every(({ headers }) => headers['accept-encoding'] === 'identity'));
    });
  }

  it('does not take a part for the whole where the server tells the length of neither', async () => {
    const content = new Content(3_000_000);
    const { origin, log } = await startHttpServer(scope, {
      '/f.bin': serveFile({
        content,
        moveRange: ({ start, end }) => ({ start, end: Math.min(end, start + 1_000_000) }),
        contentRange: ({ start, end }) => `bytes ${start}-${end - 1}/*`,
      }),
      '/gone.bin': answerStatus(404),
    });
    const engine = await startInProcessEngine(scope);
    await assertDownloaded(await engine.completed(await engine.add(`${origin}/f.bin`)), content);
    // Mirrors are asked for their first byte only.
    const mirrored = await engine.add(`${origin}/gone.bin`, { mirrors: [`${origin}/f.bin`] });
    await assertDownloaded(await engine.completed(mirrored), content);
    assert.equal(log.requests.length, 5);
  });

  it('says that a server without ranges cannot be resumed, and that others can', async () => {
    const content = new Content(100_000);
    const { origin } = await startHttpServer(scope, {
      '/with.bin': serveFile({ content }),
      '/without.bin': serveFile({ content, ranges: false }),
    });
    const engine = await startInProcessEngine(scope);
    assert.equal((await engine.completed(await engine.add(`${origin}/with.bin`))).resumable, true);
    assert.equal((await engine.completed(await engine.add(`${origin}/without.bin`))).resumable, false);
  });

  it('fetches a large file over several connections, each byte about once', async () => {
    const content = new Content(24 << 20);
    const server = await startHttpServer(scope, {
      '/f.bin': serveFile({ content, body: () => ({ bytesPerSecond: 8 << 20 }) }),
    });
    const engine = await startInProcessEngine(scope);
    const task = await engine.completed(await engine.add(`${server.origin}/f.bin`));
    await assertDownloaded(task, content);
    assert.ok(
      server.log.totalConnections > 1 && server.log.totalConnections <= 40,
      `${server.log.totalConnections} connections`,
    );
    assert.ok(server.log.bytesSent < content.sizeBytes * 1.5, `${server.log.bytesSent} bytes for ${content.sizeBytes}`);
  });

  it('opens no more connections at once than the setting allows', async () => {
    const content = new Content(8 << 20);
    let most = 0;
    const server = await startHttpServer(scope, {
      '/f.bin': serveFile({
        content,
        body: () => {
          most = Math.max(most, server.log.running.length);
          return { bytesPerSecond: 2 << 20 };
        },
      }),
    });
    const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 3 } });
    await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/f.bin`)), content);
    assert.ok(most > 1 && most <= 3, `${most} at once`);
  });

  it('keeps what comes compressed unasked as it was sent', async () => {
    const packed = gzipAnyway(new Content(50_000));
    const { origin } = await startHttpServer(scope, { '/f.txt': packed.handler });
    const engine = await startInProcessEngine(scope);
    const task = await engine.completed(await engine.add(`${origin}/f.txt`));
    assert.deepEqual(readFileSync(task.targetPath), packed.sentBytes);
  });

  it('works with the real nginx', async function () {
    skipBecause(this, whyNoNginx());
    const content = new Content(20 << 20, 9);
    const nginx = await startNginx(scope);
    writeFileSync(join(nginx.folder, 'f.bin'), content.slice(0, content.sizeBytes));
    writeFileSync(join(nginx.folder, 'empty.bin'), '');
    const engine = await startInProcessEngine(scope);
    await assertDownloaded(await engine.completed(await engine.add(`${nginx.origin}/f.bin`)), content);
    await assertDownloaded(await engine.completed(await engine.add(`${nginx.origin}/empty.bin`)), new Content(0));
  });

  it("works with Python's http.server, which knows no ranges", async function () {
    skipBecause(this, whyNoPython());
    const content = new Content(3_000_000, 9);
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'f.bin'), content.slice(0, content.sizeBytes));
    const python = await startPythonServer(scope, folder);
    const engine = await startInProcessEngine(scope);
    await assertDownloaded(await engine.completed(await engine.add(`${python.origin}/f.bin`)), content);
  });
});
