import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { DEFAULT_NETWORK, type NetworkSettings } from '../../src/contract/settings.ts';
import { HttpClient } from '../../src/engine/net/httpClient.ts';
import { DEFAULT_TIMEOUTS, type HttpTimeouts } from '../../src/engine/net/httpLimits.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError, refusal } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { readBody } from '../support/memorySink.ts';
import { useScope } from '../support/scope.ts';
import { answerStatus, basicAuthorization } from '../support/servers/answers.ts';
import { testCertificates } from '../support/servers/certificates.ts';
import { type HttpServer, startHttpServer } from '../support/servers/httpServer.ts';
import { startProxyServer } from '../support/servers/proxyServer.ts';
import { startRawServer } from '../support/servers/rawServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { waitFor } from '../support/waitFor.ts';

const signal = new AbortController().signal;

describe('a connection through a proxy', () => {
  const scope = useScope();
  const content = new Content(3_000_000);

  function startClient(network: Partial<NetworkSettings>, timeouts: Partial<HttpTimeouts> = {}): HttpClient {
    const client = new HttpClient({ env: {} }, { timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts } });
    scope.defer(() => client.close());
    client.configure({ ...DEFAULT_NETWORK, ...network });
    return client;
  }

  function startSecure(chunked = false): Promise<HttpServer> {
    const file = serveFile({ content, ...(chunked ? { length: 'chunked' } : {}) });
    return startHttpServer(scope, { '/f.bin': file }, { tls: testCertificates(scope).good });
  }

  async function fetchWhole(client: HttpClient, link: string): Promise<void> {
    const response = await client.get(link, {}, { signal });
    assert.equal(response.status, 200);
    const body = await readBody(response, content.sizeBytes);
    assert.ok(body.equals(content.slice(0, content.sizeBytes)));
  }

  for (const [kind, secureProxy] of [
    ['http', false],
    ['https', true],
  ] as const) {
    it(`serves one request after the other, in a tunnel through an ${kind} proxy`, async () => {
      const { caFile, good } = testCertificates(scope);
      const server = await startSecure();
      const proxy = await startProxyServer(scope, secureProxy ? { tls: good } : {});
      const client = startClient({ proxy: proxy.address, caFile });
      for (let n = 0; n < 3; n++) await fetchWhole(client, `${server.origin}/f.bin`);
      const { host } = new URL(server.origin);
      assert.deepEqual(proxy.requests, [{ method: 'CONNECT', target: host, authorization: null }]);
      assert.equal(server.log.totalConnections, 1);
      await client.close();
      await waitFor('the tunnel to be closed at both ends', () => proxy.openConnections === 0);
    });

    it(`serves one plain request after the other through an ${kind} proxy, which sees whole addresses`, async () => {
      const { caFile, good } = testCertificates(scope);
      const server = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
      const proxy = await startProxyServer(scope, secureProxy ? { tls: good } : {});
      const client = startClient({ proxy: proxy.address, caFile });
      for (let n = 0; n < 3; n++) await fetchWhole(client, `${server.origin}/f.bin?n=${n}`);
      assert.deepEqual(
        proxy.requests.map(({ method, target }) => `${method} ${target}`),
        [0, 1, 2].map((n) => `GET ${server.origin}/f.bin?n=${n}`),
      );
      const { host } = new URL(server.origin);
      assert.ok(server.log.requests.every(({ headers }) => headers.host === host));
    });

    it(`reads chunked answers through an ${kind} proxy as well, secure and plain, with the password`, async () => {
      const { caFile, good } = testCertificates(scope);
      const credentials = { user: 'clerk', password: 'pr0xy: %pw' };
      const proxy = await startProxyServer(scope, { credentials, ...(secureProxy ? { tls: good } : {}) });
      const address = proxy.address.replace('//', `//clerk:${encodeURIComponent(credentials.password)}@`);
      const client = startClient({ proxy: address, caFile });
      const plain = await startHttpServer(scope, { '/f.bin': serveFile({ content, length: 'chunked' }) });
      const secure = await startSecure(true);
      for (const { origin } of [plain, secure]) {
        for (let n = 0; n < 2; n++) await fetchWhole(client, `${origin}/f.bin`);
      }
      const expected = basicAuthorization(credentials.user, credentials.password);
      assert.ok(proxy.requests.every(({ authorization }) => authorization === expected));
      assert.ok(proxy.requests.every(({ method, target }) => method === 'CONNECT' || target.startsWith('http://')));
    });
  }

  it('is not used for another proxy, nor for a direct request', async () => {
    const { caFile } = testCertificates(scope);
    const server = await startSecure();
    const first = await startProxyServer(scope);
    const second = await startProxyServer(scope);
    const client = startClient({ proxy: first.address, caFile });
    await fetchWhole(client, `${server.origin}/f.bin`);
    client.configure({ ...DEFAULT_NETWORK, proxy: second.address, caFile });
    await fetchWhole(client, `${server.origin}/f.bin`);
    client.configure({ ...DEFAULT_NETWORK, caFile });
    await fetchWhole(client, `${server.origin}/f.bin`);
    assert.deepEqual([first.requests.length, second.requests.length, server.log.totalConnections], [1, 1, 3]);
  });

  it('under way when the settings change ends in peace, and is not used again', async () => {
    const { caFile } = testCertificates(scope);
    const server = await startSecure();
    const client = startClient({ caFile });
    const response = await client.get(`${server.origin}/f.bin`, {}, { signal });
    client.configure({ ...DEFAULT_NETWORK, caFile, noProxy: ['elsewhere.invalid'] });
    const body = await readBody(response, content.sizeBytes);
    assert.ok(body.equals(content.slice(0, content.sizeBytes)));
    await server.log.quiet();
  });

  it('is kept when the same settings are told once more, as by a new window', async () => {
    const { caFile } = testCertificates(scope);
    const server = await startSecure();
    const client = startClient({ caFile });
    for (let n = 0; n < 2; n++) {
      await fetchWhole(client, `${server.origin}/f.bin`);
      client.configure({ ...DEFAULT_NETWORK, caFile });
    }
    assert.equal(server.log.totalConnections, 1);
  });

  it('with a certificate of no authority: the proxy is named, unless proxyStrictSSL is off', async () => {
    const { caFile, selfSigned } = testCertificates(scope);
    const server = await startSecure();
    const plain = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const proxy = await startProxyServer(scope, { tls: selfSigned });
    for (const { origin } of [server, plain]) {
      const strict = startClient({ proxy: proxy.address, caFile });
      const error = await refusal(strict.get(`${origin}/f.bin`, {}, { signal }));
      assertPlainError(error, 'tls-untrusted', new URL(proxy.address).host, 'self-signed');
      const lax = startClient({ proxy: proxy.address, caFile, proxyStrictSSL: false });
      await fetchWhole(lax, `${origin}/f.bin`);
    }
    const lax = startClient({ proxy: proxy.address, proxyStrictSSL: false });
    const error = await refusal(lax.get(`${server.origin}/f.bin`, {}, { signal }));
    assertPlainError(error, 'tls-untrusted', new URL(server.origin).host, 'authority');
  });

  it('to a plain proxy that was said to speak TLS: tls-failed, naming the proxy', async () => {
    const proxy = await startProxyServer(scope);
    const client = startClient({ proxy: `https://127.0.0.1:${proxy.port}` });
    const error = await refusal(client.get('https://files.invalid/f.bin', {}, { signal }));
    assertPlainError(error, 'tls-failed', `127.0.0.1:${proxy.port}`, 'does not speak TLS');
  });

  const answers: [what: string, answer: (socket: Socket) => unknown, reason: string][] = [
    ['says 429', (socket) => socket.end('HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\nno'), 'HTTP 429'],
    ['says 408', (socket) => socket.end('HTTP/1.1 408 Request Timeout\r\n\r\n'), 'HTTP 408'],
    ['says 502', (socket) => socket.write('HTTP/1.0 502 Bad Gateway\r\n\r\n'), 'HTTP 502'],
    ['redirects', (socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n'), 'HTTP 302'],
    ['hangs up', (socket) => socket.end(), 'closed the connection'],
    ['hangs up within its answer', (socket) => socket.end('HTTP/1.1 200 OK\r\nVia: '), 'closed the connection'],
    ['resets the connection', (socket) => socket.resetAndDestroy(), 'closed the connection'],
    ['speaks something else', (socket) => socket.write('SSH-2.0-OpenSSH_9\r\n\r\n'), 'not HTTP/1.1'],
    ['never comes to an end', (socket) => socket.write(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(70_000)}`), 'too long'],
    ['sends before it is asked', (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nhello'), 'without being asked'],
    ['does not answer', () => {}, 'in time'],
  ];
  for (const [what, answer, reason] of answers) {
    it(`whose proxy ${what}: proxy-failed, and nothing is left open`, async () => {
      const proxy = await startRawServer(scope, answer);
      const client = startClient({ proxy: proxy.origin }, { connectMs: 400 });
      const error = await refusal(client.get('https://files.invalid/f.bin', {}, { signal }));
      assertPlainError(error, 'proxy-failed', `127.0.0.1:${proxy.port}`, reason);
      await proxy.log.quiet();
    });
  }

  for (const status of [400, 403, 404, 405]) {
    it(`whose proxy says ${status}: proxy-refused, which is told at once`, async () => {
      const proxy = await startRawServer(scope, (socket) =>
        socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 2\r\n\r\nno`),
      );
      const engine = await startInProcessEngine(scope, { network: { proxy: proxy.origin } });
      const error = await engine.failed(await engine.add('https://files.invalid/f.bin'));
      assertPlainError(error, 'proxy-refused', `127.0.0.1:${proxy.port}`, 'files.invalid:443', `HTTP ${status}`);
      assert.equal(proxy.log.requests.length, 1, 'it is not asked again');
      await proxy.log.quiet();
    });
  }

  it('understands interim answers, a bare 200 and headers that mean nothing here', async () => {
    const { caFile } = testCertificates(scope);
    const server = await startSecure();
    const heads = [
      'HTTP/1.1 200\r\n\r\n',
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n',
    ];
    for (const head of heads) {
      const behind = await startProxyServer(scope);
      // Head by head through a second proxy, which does the real work.
      const proxy = await startRelay(head, behind.port);
      await fetchWhole(startClient({ proxy, caFile }), `${server.origin}/f.bin`);
    }
  });

  /** A proxy whose CONNECT is answered with exactly that head, in two pieces. */
  async function startRelay(head: string, upstreamPort: number): Promise<string> {
    const raw = await startRawServer(scope, (socket, request, number) => {
      if (number > 1) return;
      socket.removeAllListeners('data').pause();
      const upstream = connect(upstreamPort, '127.0.0.1');
      upstream.on('error', () => socket.destroy());
      scope.defer(() => upstream.destroy());
      upstream.write(`${request}\r\n\r\n`);
      upstream.once('data', () => {
        socket.write(head.slice(0, 10));
        setImmediate(() => {
          socket.write(head.slice(10), () => {
            // Node cannot take the encoding of a socket back.
            upstream.pipe(socket);
            socket.setEncoding('latin1').on('data', (text: string) => upstream.write(text, 'latin1'));
            socket.resume();
          });
        });
      });
    });
    return raw.origin;
  }

  it('stands in time or fails: the deadline holds for proxy, tunnel and TLS together, and says who is late', async () => {
    // Accepts the tunnel, then nobody answers the handshake.
    const proxy = await startRawServer(scope, (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    const client = startClient({ proxy: proxy.origin }, { connectMs: 300 });
    const error = await refusal(client.get('https://files.invalid/f.bin', {}, { signal }));
    assertPlainError(error, 'connect-timeout', 'files.invalid');
    await proxy.log.quiet();
  });

  it('can be aborted while the tunnel is made', async () => {
    const abort = new AbortController();
    const proxy = await startRawServer(scope, () => abort.abort('paused'));
    const client = startClient({ proxy: proxy.origin });
    await assert.rejects(client.get('https://files.invalid/f.bin', {}, { signal: abort.signal }), (error) => {
      return (error as unknown) === 'paused';
    });
    await proxy.log.quiet();
  });

  it('never sends the password of the proxy to the origin, nor a 407 of the origin to the user as the proxy', async () => {
    const { caFile, good } = testCertificates(scope);
    const server = await startHttpServer(scope, { '/f.bin': answerStatus(407) }, { tls: good });
    const proxy = await startProxyServer(scope);
    const client = startClient({ proxy: proxy.address, proxyAuthorization: 'Bearer t0ken', caFile });
    const response = await client.get(`${server.origin}/f.bin`, {}, { signal });
    assert.equal(response.status, 407);
    assert.equal(proxy.requests[0]?.authorization, 'Bearer t0ken');
    assert.ok(!server.log.everythingTold().includes('t0ken'));
  });

  it('refuses an authorization that would smuggle in a header', async () => {
    const client = startClient({ proxy: 'http://127.0.0.1:1', proxyAuthorization: 'x\r\nHost: evil' });
    assertPlainError(await refusal(client.get('http://files.invalid/', {}, { signal })), 'bad-option');
  });

  it('carries a download with several lanes, each in its own tunnel', async () => {
    const { caFile, good } = testCertificates(scope);
    const large = new Content(30_000_000);
    // A lane that is very fast would be the only one.
    const file = serveFile({ content: large, body: () => ({ bytesPerSecond: 10_000_000 }) });
    const server = await startHttpServer(scope, { '/f.bin': file }, { tls: good });
    const proxy = await startProxyServer(scope, { tls: good });
    const engine = await startInProcessEngine(scope, { network: { caFile, proxy: proxy.address } });
    await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/f.bin`)), large);
    assert.ok(proxy.requests.length > 1 && proxy.requests.length <= 16);
    assert.equal(proxy.requests.length, server.log.totalConnections);
  });
});
