import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../src/contract/errors.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { freePort } from '../support/freePort.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { answerStatus, loginPage, multipartAnswer, redirectChain, redirectTo } from '../support/servers/answers.ts';
import type { Handler } from '../support/servers/exchange.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { MALFORMED_ANSWERS } from '../support/servers/malformedHeads.ts';
import { startRawServer } from '../support/servers/rawServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { tempFolder } from '../support/tempFolder.ts';

describe('a download that cannot be', () => {
  const scope = useScope();
  const content = new Content(1_000_000);

  /** A folder that holds a file of the same name already: whatever fails, it must be as it was. */
  const folderWithFile = (): { folder: string; assertUntouched(): void } => {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'f.bin'), 'precious');
    return {
      folder,
      assertUntouched: () => {
        assert.deepEqual(readdirSync(folder), ['f.bin'], 'no litter');
        assert.equal(readFileSync(join(folder, 'f.bin'), 'utf8'), 'precious');
      },
    };
  };

  const cases: readonly (readonly [string, Handler, ErrorCode, readonly string[]])[] = [
    ['404', answerStatus(404), 'not-found', ['404']],
    ['410', answerStatus(410), 'not-found', ['410']],
    ['401', answerStatus(401, { 'WWW-Authenticate': 'Basic realm="files"' }), 'auth-required', ['401']],
    ['403', answerStatus(403), 'forbidden', ['403']],
    ['400', answerStatus(400), 'http-status', ['400']],
    ['416 to the first question', answerStatus(416), 'http-status', ['416']],
    ['204', ({ response }) => void response.writeHead(204).end(), 'http-status', ['204']],
    ['304 unasked', ({ response }) => void response.writeHead(304).end(), 'http-status', ['304']],
    ['a redirect without a target', ({ response }) => void response.writeHead(302).end(), 'bad-response', []],
    ['a redirect in a circle', redirectTo('/f.bin'), 'redirect-loop', ['/f.bin']],
    ['a redirect to ftp:', redirectTo('ftp://127.0.0.1/f.bin'), 'redirect-refused', ['ftp:']],
    ['a redirect to a file', redirectTo('file:///etc/hostname'), 'redirect-refused', ['file:']],
    ['a web page in place of the file', loginPage, 'not-the-file', ['web page']],
    ['a multipart answer', multipartAnswer(content), 'bad-response', []],
    ['a 206 of another unit', serveFile({ content, contentRange: () => 'pages 0-9/100' }), 'bad-response', []],
    [
      'a 206 at another offset',
      serveFile({ content, contentRange: () => 'bytes 7-1000006/1000007' }),
      'range-mismatch',
      [],
    ],
  ];

  for (const [what, handler, code, mentions] of cases) {
    it(`${what}: ${code}, and nothing is lost`, async () => {
      const { origin } = await startHttpServer(scope, { '/f.bin': handler });
      const { folder, assertUntouched } = folderWithFile();
      const engine = await startInProcessEngine(scope, { folder });
      const error = await engine.failed(await engine.add(`${origin}/f.bin`));
      assertPlainError(error, code, new URL(origin).host, ...mentions);
      assertUntouched();
    });
  }

  it('eleven redirects: too-many-redirects; ten are followed', async () => {
    const { origin, log } = await startHttpServer(scope, {
      ...redirectChain('ten', 10, '/f.bin'),
      ...redirectChain('eleven', 11, '/f.bin'),
      '/f.bin': serveFile({ content }),
    });
    const engine = await startInProcessEngine(scope);
    await engine.completed(await engine.add(`${origin}/ten1`));
    const asked = log.requests.length;
    assertPlainError(await engine.failed(await engine.add(`${origin}/eleven1`)), 'too-many-redirects', '10');
    assert.equal(log.requests.length, asked + 11);
  });

  it('a host that does not exist: dns-failed', async () => {
    // A label over 63 characters fails in the resolver itself, without a packet to any name server.
    const host = `${'x'.repeat(64)}.invalid`;
    const { folder, assertUntouched } = folderWithFile();
    const engine = await startInProcessEngine(scope, { folder });
    assertPlainError(await engine.failed(await engine.add(`http://${host}/f.bin`)), 'dns-failed', host);
    assertUntouched();
  });

  it('a port that nobody listens on: connection-refused', async () => {
    const port = await freePort();
    const { folder, assertUntouched } = folderWithFile();
    const engine = await startInProcessEngine(scope, { folder });
    const id = await engine.add(`http://127.0.0.1:${port}/f.bin`);
    assertPlainError(await engine.failed(id), 'connection-refused', `127.0.0.1:${port}`);
    assertUntouched();
  });

  for (const [what, answer] of Object.entries(MALFORMED_ANSWERS)) {
    it(`an answer with ${what} is not guessed about`, async () => {
      const { origin } = await startRawServer(scope, (socket) => socket.end(answer));
      const { folder, assertUntouched } = folderWithFile();
      const engine = await startInProcessEngine(scope, { folder });
      assertPlainError(await engine.failed(await engine.add(`${origin}/f.bin`)), 'bad-response', new URL(origin).host);
      assertUntouched();
    });
  }
});
