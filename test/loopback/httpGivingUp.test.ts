import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { ErrorCode } from '../../src/contract/errors.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { answerStatus, hangUp, inTurn } from '../support/servers/answers.ts';
import type { Handler } from '../support/servers/exchange.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';

const BROKEN_CHUNK = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nxxxxxxxxxx\r\n0\r\n\r\n';

describe('a server that never gets better', () => {
  const scope = useScope();
  const content = new Content(6 << 20);
  const good = serveFile({ content });
  const begun = serveFile({ content, body: () => ({ endAfterBytes: 2 << 20 }) });
  const brokenChunk: Handler = ({ request }) => void request.socket.end(BROKEN_CHUNK);

  const cases: readonly (readonly [path: string, Handler, ErrorCode])[] = [
    ['/busy.bin', inTurn([begun], answerStatus(503)), 'server-busy'],
    ['/rude.bin', inTurn([begun], hangUp), 'connection-lost'],
    ['/broken.bin', brokenChunk, 'bad-response'],
  ];

  // Side by side, since giving up takes its time: that is what the pauses between the attempts are for.
  it('is given up in the end; what had come is kept, and a retry goes on with it', async () => {
    const { origin, routes } = await startHttpServer(scope, Object.fromEntries(cases));
    const engine = await startInProcessEngine(scope);
    const ids = await Promise.all(cases.map(([path]) => engine.add(origin + path)));
    for (const [n, [, , code]] of cases.entries()) {
      assertPlainError(await engine.failed(ids[n] ?? '', 60_000), code, new URL(origin).host);
    }
    const kept = ids.map((id) => engine.tasks.get(id)?.receivedBytes ?? 0);
    assert.ok((kept[0] ?? 0) >= 1 << 20 && (kept[1] ?? 0) >= 1 << 20, `${kept} bytes were kept`);
    const files = readdirSync(engine.folder).sort();
    assert.deepEqual(files, ['busy.bin.part', 'busy.bin.part.json', 'rude.bin.part', 'rude.bin.part.json']);
    for (const [n, [path]] of cases.entries()) {
      routes.set(path, good);
      await engine.request('retry', { id: ids[n] ?? '' });
      await assertDownloaded(await engine.completed(ids[n] ?? ''), content);
    }
  });
});
