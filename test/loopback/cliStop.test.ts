import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Content } from '../support/content.ts';
import { useScope } from '../support/scope.ts';
import { type HttpServer, startHttpServer } from '../support/servers/httpServer.ts';
import { type ServedFile, serveFile } from '../support/servers/serveFile.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';
import { CliFixture, hasReceived } from './cliFixture.ts';

const MIB = 1 << 20;

describe('stopping tributary get', () => {
  const scope = useScope();
  const content = new Content(16 * MIB, 21);
  let cli: CliFixture;
  let file: ServedFile;
  let server: HttpServer;

  beforeEach(async () => {
    cli = new CliFixture(scope);
    file = { content, body: () => ({ bytesPerSecond: MIB }) };
    server = await startHttpServer(scope, { '/f.bin': serveFile(file) });
  });

  async function resumes(receivedBefore: number): Promise<void> {
    delete file.body;
    const before = server.log.bytesSent;
    const { exitCode, stdout, stderr } = await cli.run(['get', `${server.origin}/f.bin`]);
    assert.deepEqual([exitCode, stdout], [0, `${cli.path('f.bin')}\n`], stderr);
    assert.equal(await sha256OfFile(cli.path('f.bin')), content.sha256);
    assert.deepEqual(cli.files(), ['f.bin'], 'the part became the file');
    const again = server.log.bytesSent - before;
    // The request that learns what the file is asks from its beginning, and is given up after what was on its way.
    const most = content.sizeBytes - receivedBefore + 4 * MIB;
    assert.ok(again <= most, `${again} bytes were sent again, at most ${most} expected`);
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`${signal} leaves a part in under a second, says how to go on, and the same command does`, async () => {
      const running = cli.start(['get', '--json', `${server.origin}/f.bin`]);
      await running.line('some megabytes', hasReceived(6 * MIB));
      const stoppedAt = performance.now();
      running.signal(signal);
      const { exitCode, stdout } = await running.result;
      const tookMs = performance.now() - stoppedAt;
      assert.equal(exitCode, 130);
      assert.ok(tookMs < 1000, `it took ${tookMs} ms`);
      const last = running.lines.at(-1);
      assert.deepEqual([last?.type, last?.state], ['task', 'paused'], stdout.slice(-300));
      assert.ok(existsSync(cli.path('f.bin.part')) && existsSync(cli.path('f.bin.part.json')));
      assert.deepEqual(cli.leftovers(), []);
      await resumes(Number(last?.received));
    });
  }

  it('says in one line what is kept', async () => {
    const running = cli.start(['get', '--events', `${server.origin}/f.bin`]);
    await running.line('a chunk', ({ event }) => event === 'download_chunk_complete');
    running.signal('SIGINT');
    const { exitCode, stderr } = await running.result;
    assert.equal(exitCode, 130);
    assert.match(stderr, /^Stopped[^\n]* Run the same command again to (?:resume|start over)\.\n$/);
  });

  it('after kill -9 the same command resumes, and clears away what the killed one left', async () => {
    const running = cli.start(['get', '--json', `${server.origin}/f.bin`]);
    await running.line('some megabytes', hasReceived(6 * MIB));
    running.signal('SIGKILL');
    await once(running.child, 'exit');
    await resumes(0);
    assert.deepEqual(cli.leftovers(), []);
  });
});
