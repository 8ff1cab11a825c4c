import assert from 'node:assert/strict';
import { join } from 'node:path';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { startEngineProcess } from '../support/engineProcess.ts';
import { freePort } from '../support/freePort.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { answerStatus, basicAuthorization } from '../support/servers/answers.ts';
import { testCertificates } from '../support/servers/certificates.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { startProxyServer } from '../support/servers/proxyServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { tempFolder } from '../support/tempFolder.ts';

describe('proxies', () => {
  const scope = useScope();
  const content = new Content(2_000_000);
  const credentials = { user: 'clerk', password: 'pr0xy-pw' };

  it('of the setting: plain links are passed on, and the name is left to the proxy to resolve', async () => {
    const server = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const proxy = await startProxyServer(scope, { hosts: { 'files.invalid': server.port } });
    const engine = await startInProcessEngine(scope, { network: { proxy: proxy.address } });
    await assertDownloaded(await engine.completed(await engine.add('http://files.invalid/f.bin')), content);
    assert.ok(
      proxy.requests.every(({ target, method }) => method === 'GET' && target === 'http://files.invalid/f.bin'),
    );
  });

  it('of the setting: secure links go through a tunnel, and the origin is checked as ever', async () => {
    const { caFile, good } = testCertificates(scope);
    const server = await startHttpServer(scope, { '/f.bin': serveFile({ content }) }, { tls: good });
    const proxy = await startProxyServer(scope);
    const engine = await startInProcessEngine(scope, { network: { proxy: proxy.address, caFile } });
    await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/f.bin`)), content);
    assert.ok(proxy.requests.length > 0 && proxy.requests.every(({ method }) => method === 'CONNECT'));
    const careless = await startInProcessEngine(scope, { network: { proxy: proxy.address, proxyStrictSSL: false } });
    assertPlainError(await careless.failed(await careless.add(`${server.origin}/f.bin`)), 'tls-untrusted', 'localhost');
  });

  it('noProxy and "off" go straight to the origin', async () => {
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const proxy = await startProxyServer(scope);
    for (const network of [{ noProxy: ['127.0.0.1'] }, { proxySupport: 'off' }] as const) {
      const engine = await startInProcessEngine(scope, {
        network: { ...network, noProxy: [...(network.noProxy ?? [])], proxy: proxy.address },
      });
      await assertDownloaded(await engine.completed(await engine.add(`${origin}/f.bin`)), content);
    }
    assert.deepEqual(proxy.requests, []);
  });

  it('that ask for a password get it from their address or from the setting, and nobody else does', async () => {
    const { caFile, good } = testCertificates(scope);
    const plain = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const secure = await startHttpServer(scope, { '/f.bin': serveFile({ content }) }, { tls: good });
    const proxy = await startProxyServer(scope, { credentials });
    const authorization = basicAuthorization(credentials.user, credentials.password);
    const inAddress = proxy.address.replace('//', `//${credentials.user}:${credentials.password}@`);
    for (const network of [{ proxy: inAddress }, { proxy: proxy.address, proxyAuthorization: authorization }]) {
      const engine = await startInProcessEngine(scope, { network: { ...network, caFile } });
      for (const { origin } of [plain, secure]) {
        await assertDownloaded(await engine.completed(await engine.add(`${origin}/f.bin`)), content);
      }
      assert.ok(!JSON.stringify([engine.logLines, engine.changes]).includes(credentials.password));
    }
    for (const { log } of [plain, secure]) assert.ok(!/proxy-authorization|pr0xy-pw/i.test(log.everythingTold()));
  });

  it('that ask for a password which nobody gave: proxy-auth-required, naming the proxy', async () => {
    const { caFile, good } = testCertificates(scope);
    const plain = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const secure = await startHttpServer(scope, { '/f.bin': serveFile({ content }) }, { tls: good });
    const proxy = await startProxyServer(scope, { credentials });
    const engine = await startInProcessEngine(scope, { network: { proxy: proxy.address, caFile } });
    for (const { origin } of [plain, secure]) {
      const error = await engine.failed(await engine.add(`${origin}/f.bin`));
      assertPlainError(error, 'proxy-auth-required', `127.0.0.1:${proxy.port}`);
    }
  });

  it('a 407 of the origin itself is not taken for a proxy', async () => {
    const { origin } = await startHttpServer(scope, { '/f.bin': answerStatus(407) });
    const engine = await startInProcessEngine(scope);
    assertPlainError(await engine.failed(await engine.add(`${origin}/f.bin`)), 'http-status', '407');
  });

  it('that are not there: proxy-failed, not a failure of the origin', async () => {
    const port = await freePort();
    const engine = await startInProcessEngine(scope, { network: { proxy: `http://127.0.0.1:${port}` } });
    for (const scheme of ['http', 'https']) {
      const error = await engine.failed(await engine.add(`${scheme}://files.invalid/f.bin`));
      assertPlainError(error, 'proxy-failed', `127.0.0.1:${port}`);
    }
  });

  it('of another kind are named as unsupported', async () => {
    const engine = await startInProcessEngine(scope, { network: { proxy: 'socks5://127.0.0.1:1080' } });
    const error = await engine.failed(await engine.add('http://files.invalid/f.bin'));
    assertPlainError(error, 'proxy-unsupported', '127.0.0.1:1080');
  });

  it('of the environment are used, except for NO_PROXY', async () => {
    const { caFile, good } = testCertificates(scope);
    const direct = await startHttpServer(scope, { '/direct.bin': serveFile({ content }) });
    const secure = await startHttpServer(scope, { '/secure.bin': serveFile({ content }) }, { tls: good });
    const proxy = await startProxyServer(scope, { hosts: { 'files.invalid': direct.port } });
    const env = {
      HTTP_PROXY: proxy.address,
      HTTPS_PROXY: proxy.address,
      NO_PROXY: 'other.invalid,127.0.0.1',
      NODE_EXTRA_CA_CERTS: caFile,
    };
    const engine = await startEngineProcess(scope, { stateFolder: join(tempFolder(scope), 'state'), env });
    const client = await engine.client();
    await assertDownloaded(await client.completed(await client.add(`${direct.origin}/direct.bin`)), content);
    assert.deepEqual(proxy.requests, []);
    await assertDownloaded(await client.completed(await client.add('http://files.invalid/direct.bin')), content);
    await assertDownloaded(await client.completed(await client.add(`${secure.origin}/secure.bin`)), content);
    assert.deepEqual(
      [...new Set(proxy.requests.map(({ target }) => target))],
      ['http://files.invalid/direct.bin', new URL(secure.origin).host],
    );
  });
});
