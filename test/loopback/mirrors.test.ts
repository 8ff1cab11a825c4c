import assert from 'node:assert/strict';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { type InProcessEngine, startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { answerStatus } from '../support/servers/answers.ts';
import type { Handler } from '../support/servers/exchange.ts';
import { type HttpServer, startHttpServer } from '../support/servers/httpServer.ts';
import { type ServedFile, serveFile } from '../support/servers/serveFile.ts';

const MIB = 1 << 20;

describe('a download from several mirrors', () => {
  const scope = useScope();

  /** One server for each handler, all at `/f.bin`. */
  async function serveAll(...handlers: readonly Handler[]): Promise<HttpServer[]> {
    return Promise.all(handlers.map((handler) => startHttpServer(scope, { '/f.bin': handler })));
  }

  function linksOf(servers: readonly HttpServer[]): [string, ...string[]] {
    const [first = '', ...others] = servers.map(({ origin }) => `${origin}/f.bin`);
    return [first, ...others];
  }

  async function add(
    engine: InProcessEngine,
    servers: readonly HttpServer[],
    more: { checksum?: string } = {},
  ): Promise<string> {
    const [address, ...mirrors] = linksOf(servers);
    return engine.add(address, { mirrors, ...more });
  }

  it('takes bytes from all of them, each byte once', async () => {
    const content = new Content(24 * MIB);
    const slow = { body: () => ({ bytesPerSecond: 4 * MIB }) };
    // Tags of different hosts are normal.
    const servers = await serveAll(
      serveFile({ content, etag: '"a"', ...slow }),
      serveFile({ content, etag: '"b"', ...slow }),
      serveFile({ content, etag: null, ...slow }),
    );
    const engine = await startInProcessEngine(scope);
    const task = await engine.completed(await add(engine, servers));
    await assertDownloaded(task, content);
    for (const { log } of servers) assert.ok(log.bytesSent > 2 * MIB, `${log.bytesSent} bytes`);
    const given = task.sources.map(({ receivedBytes }) => receivedBytes);
    assert.equal(
      given.reduce((sum, bytes) => sum + bytes),
      content.sizeBytes,
      `what each has given: ${given}`,
    );
    assert.ok(given.every((bytes) => bytes > 0));
    const sent = servers.reduce((sum, { log }) => sum + log.bytesSent, 0);
    assert.ok(sent < content.sizeBytes + 4 * MIB, `${sent} bytes were sent for ${content.sizeBytes}`);
  });

  it('does without those that are dead, gone, of another size, or give no ranges', async () => {
    const content = new Content(6 * MIB);
    const servers = await serveAll(
      serveFile({ content, body: () => ({ bytesPerSecond: MIB / 2 }) }),
      answerStatus(404),
      serveFile({ content: new Content(5 * MIB) }),
      serveFile({ content, ranges: false }),
    );
    const engine = await startInProcessEngine(scope);
    const [address, ...mirrors] = linksOf(servers);
    const id = await engine.add(address, { mirrors: [...mirrors, 'http://127.0.0.1:1/f.bin'] });
    await assertDownloaded(await engine.completed(id), content);
    const warnings = engine.logLines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    for (const said of ['not-found', 'another size', 'no parts of files', 'connection-refused'])
      assert.ok(
        warnings.some((line) => line.includes(said)),
        `${said}: ${warnings.join(' | ')}`,
      );
  });

  it('goes on with a mirror when the first address is dead from the start', async () => {
    const content = new Content(3 * MIB);
    const [dead, mirror] = await serveAll(answerStatus(404), serveFile({ content }));
    const engine = await startInProcessEngine(scope);
    const task = await engine.completed(await add(engine, [dead, mirror] as HttpServer[]));
    await assertDownloaded(task, content);
  });

  it('goes on with the others when one goes away in the middle', async () => {
    const content = new Content(16 * MIB);
    const slow = () => ({ bytesPerSecond: 2 * MIB });
    const servers = await serveAll(serveFile({ content, body: slow }), serveFile({ content, body: slow }));
    const engine = await startInProcessEngine(scope);
    const id = await add(engine, servers);
    await engine.received(id, 4 * MIB);
    await servers[0]?.close();
    await assertDownloaded(await engine.completed(id), content);
  });

  it('fails with the reason of the first address when none can give the file', async () => {
    const servers = await serveAll(answerStatus(403), answerStatus(404));
    const engine = await startInProcessEngine(scope);
    const error = await engine.failed(await add(engine, servers));
    assert.equal(error.code, 'forbidden');
  });

  for (const wrong of [0, 1]) {
    it(`sorts out mirror ${wrong}, which serves other content of the same size, by the checksum of the whole`, async () => {
      const content = new Content(12 * MIB, 1);
      const slow = () => ({ bytesPerSecond: 6 * MIB });
      const files = [0, 1].map((n) => ({ content: n === wrong ? new Content(12 * MIB, 2) : content, body: slow }));
      const servers = await serveAll(...files.map(serveFile));
      const engine = await startInProcessEngine(scope);
      const id = await add(engine, servers, { checksum: `sha256:${content.sha256}` });
      const task = await engine.completed(id);
      await assertDownloaded(task, content);
      assert.equal(task.status.state === 'completed' && task.status.verification, 'verified');
    });
  }

  it('fails as before when every mirror serves other content', async () => {
    const servers = await serveAll(
      serveFile({ content: new Content(4 * MIB, 2) }),
      serveFile({ content: new Content(4 * MIB, 3) }),
    );
    const engine = await startInProcessEngine(scope);
    const checksum = `sha256:${new Content(4 * MIB, 1).sha256}`;
    assert.equal((await engine.failed(await add(engine, servers, { checksum }))).code, 'checksum-mismatch');
  });

  it('lets a mirror join that is added while it runs', async () => {
    const content = new Content(16 * MIB);
    const [first, second] = await serveAll(
      serveFile({ content, body: () => ({ bytesPerSecond: MIB }) }),
      serveFile({ content }),
    );
    assert.ok(first !== undefined && second !== undefined);
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${first.origin}/f.bin`);
    await engine.received(id, 2 * MIB);
    await engine.request('addMirror', { id, address: `${second.origin}/f.bin` });
    await assertDownloaded(await engine.completed(id), content);
    assert.ok(second.log.bytesSent > 4 * MIB);
    const sent = first.log.bytesSent + second.log.bytesSent;
    assert.ok(sent < content.sizeBytes + 4 * MIB, `${sent} bytes`);
  });

  it('keeps the bytes of a failed task when a mirror is added', async () => {
    const content = new Content(8 * MIB);
    const [first, second] = await serveAll(
      serveFile({ content, body: () => ({ bytesPerSecond: 2 * MIB }) }),
      serveFile({ content }),
    );
    assert.ok(first !== undefined && second !== undefined);
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${first.origin}/f.bin`);
    await engine.received(id, 3 * MIB);
    first.routes.set('/f.bin', answerStatus(404));
    await engine.request('pause', { id });
    await engine.request('resume', { id });
    assert.equal((await engine.failed(id)).code, 'not-found');
    await engine.request('addMirror', { id, address: `${second.origin}/f.bin` });
    await assertDownloaded(await engine.completed(id), content);
    assert.ok(second.log.bytesSent < 6 * MIB, `${second.log.bytesSent} bytes`);
  });

  it('goes on with the address that is there again when its mirror has another version since', async () => {
    const content = new Content(8 * MIB);
    const file: ServedFile = { content, etag: '"1"', body: () => ({ bytesPerSecond: 2 * MIB }) };
    const [first, mirror] = await serveAll(answerStatus(404), serveFile(file));
    assert.ok(first !== undefined && mirror !== undefined);
    const engine = await startInProcessEngine(scope);
    const id = await add(engine, [first, mirror]);
    await engine.received(id, 3 * MIB);
    await engine.request('pause', { id });
    await engine.paused(id);
    first.routes.set('/f.bin', serveFile({ content }));
    Object.assign(file, { content: new Content(8 * MIB, 2), etag: '"2"' });
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
    assert.ok(first.log.bytesSent < 6 * MIB, `${first.log.bytesSent} bytes`);
  });

  describe('whose link has expired', () => {
    it('pauses, keeps its bytes, and goes on with a fresh link', async () => {
      const content = new Content(8 * MIB);
      const server = await startHttpServer(scope, {
        '/f.bin': serveFile({ content, body: () => ({ bytesPerSecond: 2 * MIB }) }),
      });
      const engine = await startInProcessEngine(scope);
      const id = await engine.add(`${server.origin}/f.bin?signature=old`);
      await engine.received(id, 3 * MIB);
      const serve = serveFile({ content });
      server.routes.set('/f.bin', (exchange) =>
        exchange.logged.target.includes('old') ? answerStatus(403)(exchange) : serve(exchange),
      );
      await engine.request('pause', { id });
      await engine.request('resume', { id });
      assert.equal((await engine.paused(id))?.code, 'link-expired');
      const before = server.log.bytesSent;
      await engine.request('replaceAddress', { id, address: `${server.origin}/f.bin?signature=new` });
      await assertDownloaded(await engine.completed(id), content);
      assert.ok(server.log.bytesSent - before < 6 * MIB, 'it began anew');
    });

    it('does not mix in a fresh link that leads to another file of the same size', async () => {
      const content = new Content(8 * MIB, 1);
      const file = { content, etag: null, body: () => ({ bytesPerSecond: 2 * MIB }) };
      const server = await startHttpServer(scope, {
        '/f.bin': serveFile(file),
        '/g.bin': serveFile({ content: new Content(8 * MIB, 2), etag: null }),
      });
      const engine = await startInProcessEngine(scope);
      const id = await engine.add(`${server.origin}/f.bin`);
      await engine.received(id, 3 * MIB);
      await engine.request('pause', { id });
      await engine.request('replaceAddress', { id, address: `${server.origin}/g.bin` });
      await engine.request('resume', { id });
      assert.equal((await engine.failed(id)).code, 'file-changed');
    });
  });
});
