import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { askRaw } from '../support/askRaw.ts';
import { Content } from '../support/content.ts';
import { useScope } from '../support/scope.ts';
import {
  answerStatus,
  basicAuthorization,
  gzipAnyway,
  hangUp,
  inTurn,
  multipartAnswer,
  neverAnswer,
  onlyWithAuthorization,
  redirectChain,
} from '../support/servers/answers.ts';
import { testCertificates } from '../support/servers/certificates.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { MALFORMED_ANSWERS } from '../support/servers/malformedHeads.ts';
import { startNginx, whyNoNginx } from '../support/servers/nginx.ts';
import { startProxyServer } from '../support/servers/proxyServer.ts';
import { startPythonServer, whyNoPython } from '../support/servers/pythonServer.ts';
import { startRawServer } from '../support/servers/rawServer.ts';
import { serveFile, strongEtag } from '../support/servers/serveFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';

// The servers have to misbehave exactly as they say: a test against a server that is honest by mistake proves nothing.
describe('the zoo of servers', () => {
  const scope = useScope();
  const content = new Content(300_000, 7);

  it('computes the same content whatever the cut', () => {
    const whole = content.slice(0, content.sizeBytes);
    assert.equal(whole.length, content.sizeBytes);
    for (const [start, end] of [
      [0, 1],
      [4095, 4097],
      [65_535, 140_001],
      [299_999, 400_000],
      [5, 5],
    ] as const) {
      assert.deepEqual(content.slice(start, end), whole.subarray(start, end), `${start}-${end}`);
    }
    assert.equal(content.sha256, createHash('sha256').update(whole).digest('hex'));
    assert.notEqual(new Content(300_000, 8).sha256, content.sha256);
    assert.notDeepEqual(whole.subarray(0, 4096), whole.subarray(65_536, 69_632), 'no two blocks are alike');
  });

  it('serves ranges with a strong tag', async () => {
    const { origin, log } = await startHttpServer(scope, { '/f': serveFile({ content }) });
    const whole = await askRaw(`${origin}/f`);
    assert.deepEqual([whole.status, whole.headers.etag], [200, strongEtag(content)]);
    assert.deepEqual(whole.body, content.slice(0, content.sizeBytes));
    const part = await askRaw(`${origin}/f`, { Range: 'bytes=10-19', 'If-Range': strongEtag(content) });
    assert.deepEqual([part.status, part.headers['content-range']], [206, 'bytes 10-19/300000']);
    assert.deepEqual(part.body, content.slice(10, 20));
    const rest = await askRaw(`${origin}/f`, { Range: 'bytes=299990-' });
    assert.deepEqual(rest.body, content.slice(299_990, 300_000));
    assert.equal((await askRaw(`${origin}/f`, { Range: 'bytes=0-1', 'If-Range': '"other"' })).status, 200);
    const beyond = await askRaw(`${origin}/f`, { Range: 'bytes=300000-' });
    assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, 'bytes */300000']);
    assert.equal((await askRaw(`${origin}/elsewhere`)).status, 404);
    assert.deepEqual(
      log.requests.map(({ range }) => range),
      [
        null,
        { start: 10, end: 20 },
        { start: 299_990, end: null },
        { start: 0, end: 2 },
        { start: 300_000, end: null },
        null,
      ],
    );
    assert.deepEqual(
      log.requests.map(({ bytesSent }) => bytesSent),
      [300_000, 10, 10, 300_000, 0, 0],
    );
    await log.quiet();
  });

  it('lies about ranges and lengths as told', async () => {
    const { origin } = await startHttpServer(scope, {
      '/none': serveFile({ content, ranges: false }),
      '/moved': serveFile({ content, contentRange: ({ start, end }, size) => `bytes ${start + 1}-${end}/${size}` }),
      '/short': serveFile({ content, moveRange: ({ start, end }) => ({ start, end: Math.min(end, start + 5) }) }),
      '/chunked': serveFile({ content, length: 'chunked' }),
      '/shortBody': serveFile({ content, length: 100 }),
      '/longBody': serveFile({ content, length: -100 }),
      '/stubborn': serveFile({ content, ifRange: 'always-full' }),
      '/careless': serveFile({ content, ifRange: 'ignored' }),
      '/parts': multipartAnswer(content),
    });
    const ask = (path: string, headers: Record<string, string> = { Range: 'bytes=0-9' }) =>
      askRaw(origin + path, headers);
    assert.equal((await ask('/none')).status, 200);
    assert.equal((await ask('/moved')).headers['content-range'], 'bytes 1-10/300000');
    assert.equal((await ask('/short')).headers['content-range'], 'bytes 0-4/300000');
    const chunked = await ask('/chunked', {});
    assert.deepEqual([chunked.headers['content-length'], chunked.headers['transfer-encoding']], [undefined, 'chunked']);
    const shortBody = await ask('/shortBody', {});
    assert.deepEqual([shortBody.headers['content-length'], shortBody.body.length], ['300100', 300_000]);
    const longBody = await ask('/longBody', {});
    assert.deepEqual([longBody.headers['content-length'], longBody.body.length], ['299900', 300_000]);
    assert.equal((await ask('/stubborn', { Range: 'bytes=0-9', 'If-Range': strongEtag(content) })).status, 200);
    assert.equal((await ask('/careless', { Range: 'bytes=0-9', 'If-Range': '"other"' })).status, 206);
    assert.match((await ask('/parts')).headers['content-type'] ?? '', /^multipart\/byteranges/);
  });

  it('cuts, resets, stalls and hangs up where it was told to', async () => {
    const { origin, log } = await startHttpServer(scope, {
      '/reset': serveFile({ content, body: () => ({ resetAfterBytes: 70_000 }) }),
      '/end': serveFile({ content, body: () => ({ endAfterBytes: 70_000 }) }),
      '/stall': serveFile({ content, body: () => ({ stallAfterBytes: 70_000 }) }),
      '/hangUp': hangUp,
      '/never': neverAnswer,
    });
    assert.equal((await askRaw(`${origin}/reset`)).reset, true);
    assert.equal(log.to('/reset')[0]?.bytesSent, 70_000);
    const end = await askRaw(`${origin}/end`);
    assert.deepEqual([end.reset, end.body.length], [false, 70_000]);
    assert.deepEqual([(await askRaw(`${origin}/hangUp`)).status, (await askRaw(`${origin}/hangUp`)).reset], [0, true]);
    for (const [path, bytes] of [
      ['/stall', 70_000],
      ['/never', 0],
    ] as const) {
      const socket = connectTcp(Number(new URL(origin).port), '127.0.0.1');
      scope.defer(() => socket.destroy());
      let received = 0;
      socket.on('data', (piece) => {
        received += piece.length;
      });
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      if (bytes > 0) while (received < bytes) await once(socket, 'data');
      else while (log.to(path).length === 0) await new Promise(setImmediate);
      assert.equal(log.to(path)[0]?.bytesSent, bytes);
      assert.equal(log.to(path)[0]?.ended, false);
    }
  });

  it('keeps to a pace', async () => {
    const { origin } = await startHttpServer(scope, {
      '/f': serveFile({ content, body: () => ({ bytesPerSecond: 1_000_000 }) }),
    });
    const began = performance.now();
    const answer = await askRaw(`${origin}/f`);
    assert.deepEqual(answer.body, content.slice(0, content.sizeBytes));
    assert.ok(performance.now() - began >= 290, 'not faster than its pace');
  });

  it('answers in turn, redirects, asks for a password and packs unasked', async () => {
    const packed = gzipAnyway(content);
    const { origin } = await startHttpServer(scope, {
      '/turn': inTurn([answerStatus(503), answerStatus(429, { 'Retry-After': '1' })], serveFile({ content })),
      ...redirectChain('hop', 2, '/turn'),
      '/locked': onlyWithAuthorization(basicAuthorization('me', 'secret'), serveFile({ content })),
      '/packed': packed.handler,
    });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await askRaw(`${origin}/turn`)).status);
    assert.deepEqual(statuses, [503, 429, 200]);
    assert.equal((await askRaw(`${origin}/hop1`)).headers.location, '/hop2');
    assert.equal((await askRaw(`${origin}/hop2`)).headers.location, '/turn');
    assert.equal((await askRaw(`${origin}/locked`)).status, 401);
    assert.equal((await askRaw(`${origin}/locked`, { Authorization: basicAuthorization('me', 'secret') })).status, 200);
    assert.deepEqual(gunzipSync((await askRaw(`${origin}/packed`)).body), content.slice(0, content.sizeBytes));
  });

  it('sends malformed heads byte for byte', async () => {
    for (const [what, bytes] of Object.entries(MALFORMED_ANSWERS)) {
      const { port } = await startRawServer(scope, (socket) => socket.end(bytes));
      const socket = connectTcp(port, '127.0.0.1').setEncoding('latin1');
      socket.write('GET / HTTP/1.1\r\n\r\n');
      let received = '';
      for await (const text of socket) received += text;
      assert.equal(received, bytes, what);
    }
  });

  it('speaks TLS with good, foreign and expired certificates', async () => {
    const certificates = testCertificates(scope);
    const ca = readFileSync(certificates.caFile);
    const shake = async (identity: { key: string; cert: string }): Promise<string> => {
      const { port } = await startHttpServer(scope, {}, { tls: identity });
      return new Promise((resolve) => {
        const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca }, () => resolve('ok'));
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
        scope.defer(() => socket.destroy());
      });
    };
    assert.equal(await shake(certificates.good), 'ok');
    assert.equal(await shake(certificates.otherName), 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(await shake(certificates.expired), 'CERT_HAS_EXPIRED');
  });

  it('forwards through a proxy, plain and by tunnel, with a password', async () => {
    const { origin, port } = await startHttpServer(scope, { '/f': serveFile({ content }) });
    const proxy = await startProxyServer(scope, { credentials: { user: 'me', password: 'pw' } });
    const speak = async (text: string): Promise<string> => {
      const socket = connectTcp(proxy.port, '127.0.0.1').setEncoding('latin1');
      scope.defer(() => socket.destroy());
      socket.write(text);
      return String((await once(socket, 'data'))[0]);
    };
    const authorization = `Proxy-Authorization: ${basicAuthorization('me', 'pw')}\r\n`;
    assert.match(await speak(`GET ${origin}/f HTTP/1.1\r\nHost: x\r\n\r\n`), /^HTTP\/1.1 407 /);
    assert.match(await speak(`GET ${origin}/f HTTP/1.1\r\nHost: x\r\n${authorization}\r\n`), /^HTTP\/1.1 200 /);
    assert.match(await speak(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: x\r\n\r\n`), /^HTTP\/1.1 407 /);
    assert.match(
      await speak(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: x\r\n${authorization}\r\n`),
      /^HTTP\/1.1 200 /,
    );
    assert.deepEqual(
      proxy.requests.map(({ method }) => method),
      ['GET', 'GET', 'CONNECT', 'CONNECT'],
    );
  });

  it('includes the real nginx', async function () {
    skipBecause(this, whyNoNginx());
    const nginx = await startNginx(scope);
    writeFileSync(join(nginx.folder, 'f.bin'), content.slice(0, content.sizeBytes));
    const part = await askRaw(`${nginx.origin}/f.bin`, { Range: 'bytes=5-9' });
    assert.deepEqual([part.status, part.body], [206, content.slice(5, 10)]);
    assert.deepEqual(nginx.accessLog(), ['GET /f.bin 206 5 bytes=5-9']);
  });

  it("includes Python's http.server, which knows no ranges", async function () {
    skipBecause(this, whyNoPython());
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'f.bin'), content.slice(0, content.sizeBytes));
    const python = await startPythonServer(scope, folder);
    const answer = await askRaw(`${python.origin}/f.bin`, { Range: 'bytes=5-9' });
    assert.deepEqual([answer.status, answer.headers.etag, answer.body.length], [200, undefined, content.sizeBytes]);
    assert.ok(answer.headers['last-modified'] !== undefined);
  });
});
