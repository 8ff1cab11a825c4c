import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { freePort } from '../support/freePort.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { answerStatus, everyNth, hangUp, inTurn } from '../support/servers/answers.ts';
import type { Handler } from '../support/servers/exchange.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import type { ServedFile } from '../support/servers/serveFile.ts';
import { serveFile } from '../support/servers/serveFile.ts';

describe('a server with bad moments', () => {
  const scope = useScope();
  const content = new Content(6 << 20, 5);
  const good = serveFile({ content });
  const after = (
    bytes: number,
    what: 'resetAfterBytes' | 'endAfterBytes' | 'stallAfterBytes',
    more: Partial<ServedFile> = {},
  ): Handler => serveFile({ content, ...more, body: () => ({ [what]: bytes }) });

  const cases: readonly (readonly [string, Handler])[] = [
    ['503 twice', inTurn([answerStatus(503), answerStatus(503)], good)],
    [
      'each of 408, 425, 429, 500, 502, 504 in the middle',
      everyNth(
        3,
        inTurn(
          [408, 425, 429, 500, 502, 504].map((status) => answerStatus(status)),
          good,
        ),
        good,
      ),
    ],
    ['hanging up on the first two requests', inTurn([hangUp, hangUp], good)],
    ['resetting every third answer', everyNth(3, after(100_000, 'resetAfterBytes'), good)],
    ['resetting every answer after 700 kB', after(700_000, 'resetAfterBytes')],
    ['ending every answer early', after(700_000, 'endAfterBytes')],
    [
      'ending a chunked answer early, once',
      inTurn(
        [after(700_000, 'endAfterBytes', { length: 'chunked', ranges: false })],
        serveFile({ content, length: 'chunked', ranges: false }),
      ),
    ],
    [
      'a stream without ranges that is reset, twice',
      inTurn(
        [after(900_000, 'resetAfterBytes', { ranges: false }), after(100, 'resetAfterBytes', { ranges: false })],
        serveFile({ content, ranges: false }),
      ),
    ],
    ['a first answer that stalls, while other connections flow', inTurn([after(300_000, 'stallAfterBytes')], good)],
    [
      'parts that are shorter than asked',
      serveFile({ content, moveRange: ({ start, end }) => ({ start, end: Math.min(end, start + 400_001) }) }),
    ],
    [
      'a wrong part once',
      inTurn([good, serveFile({ content, moveRange: ({ start, end }) => ({ start: start + 1, end: end - 1 }) })], good),
    ],
    ['a first Content-Length greater than the body', inTurn([serveFile({ content, length: 1000 })], good)],
    ['ranges that are lost midway', inTurn([after(900_000, 'resetAfterBytes')], serveFile({ content, ranges: false }))],
    ['200 to every If-Range', serveFile({ content, ifRange: 'always-full' })],
  ];
  for (const [what, handler] of cases) {
    it(`${what}: the file is right in the end`, async () => {
      const { origin } = await startHttpServer(scope, { '/f.bin': handler });
      const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 4 } });
      await assertDownloaded(await engine.completed(await engine.add(`${origin}/f.bin`)), content);
    });
  }

  it('a body that is longer than its Content-Length ends there', async () => {
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content, ranges: false, length: -1000 }) });
    const engine = await startInProcessEngine(scope);
    const task = await engine.completed(await engine.add(`${origin}/f.bin`));
    assert.deepEqual(readFileSync(task.targetPath), content.slice(0, content.sizeBytes - 1000));
  });

  it('a small file whose only answer stalls is asked for once more, long before the connection is given up', async () => {
    const small = new Content(100_000);
    const stalls = serveFile({ content: small, body: () => ({ stallAfterBytes: 50_000 }) });
    const server = await startHttpServer(scope, { '/f.bin': inTurn([stalls], serveFile({ content: small })) });
    const engine = await startInProcessEngine(scope, { timeouts: { idleMs: 60_000 } });
    await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/f.bin`)), small);
  });

  it('Retry-After is waited for, and the reason shown meanwhile', async () => {
    const { origin, log } = await startHttpServer(scope, {
      '/f.bin': inTurn([answerStatus(429, { 'Retry-After': '1' })], good),
    });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${origin}/f.bin`);
    const waiting = await engine.until(
      id,
      'to wait',
      ({ status }) => status.state === 'active' && status.waiting !== null,
    );
    assertPlainError(waiting.status.state === 'active' ? waiting.status.waiting : null, 'server-busy', '429');
    await engine.completed(id);
    const [first, second] = log.requests;
    // Timers may fire a little early, never half as early.
    assert.ok(first !== undefined && second !== undefined && second.atMs - first.atMs > 980);
  });

  it('a server that goes away and comes back is forgiven', async () => {
    const port = await freePort();
    const slow = serveFile({ content, body: () => ({ bytesPerSecond: 2 << 20 }) });
    const first = await startHttpServer(scope, { '/f.bin': slow }, { port });
    const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 2 } });
    const id = await engine.add(`${first.origin}/f.bin`);
    await engine.received(id, 1 << 20);
    await first.close();
    await engine.until(id, 'to wait', ({ status }) => status.state === 'active' && status.waiting !== null);
    await startHttpServer(scope, { '/f.bin': good }, { port });
    await assertDownloaded(await engine.completed(id), content);
  });
});
