import assert from 'node:assert/strict';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { inTurn, neverAnswer } from '../support/servers/answers.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { startRawServer } from '../support/servers/rawServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';

describe('a server that keeps one waiting', () => {
  const scope = useScope();
  const content = new Content(3_000_000);

  it('accepts twice without answering: asked again', async () => {
    const { origin } = await startHttpServer(scope, {
      '/f.bin': inTurn([neverAnswer, neverAnswer], serveFile({ content })),
    });
    const engine = await startInProcessEngine(scope, { timeouts: { firstByteMs: 150 } });
    const id = await engine.add(`${origin}/f.bin`);
    const waiting = await engine.until(
      id,
      'to wait',
      ({ status }) => status.state === 'active' && status.waiting !== null,
    );
    assertPlainError(
      waiting.status.state === 'active' ? waiting.status.waiting : null,
      'first-byte-timeout',
      new URL(origin).host,
    );
    await assertDownloaded(await engine.completed(id), content);
  });

  it('stops in the middle of an answer that cannot be gone on with: fetched anew', async () => {
    const stalling = serveFile({ content, ranges: false, body: () => ({ stallAfterBytes: 500_000 }) });
    const { origin, log } = await startHttpServer(scope, {
      '/f.bin': inTurn([stalling], serveFile({ content, ranges: false })),
    });
    const engine = await startInProcessEngine(scope, { timeouts: { idleMs: 150 } });
    await assertDownloaded(await engine.completed(await engine.add(`${origin}/f.bin`)), content);
    assert.equal(log.requests.length, 2);
  });

  it('stops in the middle of every answer: what has come is kept', async () => {
    const file = serveFile({ content, body: () => ({ stallAfterBytes: 1_100_000 }) });
    const { origin, log } = await startHttpServer(scope, { '/f.bin': file });
    const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 1 }, timeouts: { idleMs: 150 } });
    await assertDownloaded(await engine.completed(await engine.add(`${origin}/f.bin`)), content);
    assert.ok(log.bytesSent < content.sizeBytes + 200_000, `${log.bytesSent} bytes were sent`);
  });

  it('accepts a secure connection and says nothing: connect-timeout', async () => {
    const { port } = await startRawServer(scope, () => {});
    const engine = await startInProcessEngine(scope, { timeouts: { connectMs: 150 } });
    assertPlainError(
      await engine.failed(await engine.add(`https://localhost:${port}/f.bin`)),
      'connect-timeout',
      `localhost:${port}`,
    );
  });
});
