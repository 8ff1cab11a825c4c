import assert from 'node:assert/strict';
import { Content } from '../support/content.ts';
import { useScope } from '../support/scope.ts';
import { testCertificates } from '../support/servers/certificates.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { startProxyServer } from '../support/servers/proxyServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';
import { CliFixture } from './cliFixture.ts';

const MIB = 1 << 20;

describe('options of tributary get reach the transfer', () => {
  const scope = useScope();
  const content = new Content(3 * MIB, 51);
  let cli: CliFixture;

  beforeEach(() => {
    cli = new CliFixture(scope);
  });

  async function gets(args: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await cli.run(['get', ...args]);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.equal(await sha256OfFile(cli.path('f.bin')), content.sha256);
  }

  it('--header is sent, and the address keeps its query', async () => {
    const server = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    await gets(['-H', 'X-One: 1', '--header', 'Cookie: a=b', `${server.origin}/f.bin?key=1`]);
    const [request] = server.log.requests;
    assert.deepEqual([request?.headers['x-one'], request?.headers.cookie], ['1', 'a=b']);
    assert.equal(request?.target, '/f.bin?key=1');
  });

  it('--connections 1 keeps to one connection at a time', async () => {
    let most = 0;
    const server = await startHttpServer(scope, {
      '/f.bin': (exchange) => {
        most = Math.max(most, exchange.log.running.length);
        return serveFile({ content, body: () => ({ bytesPerSecond: 4 * MIB }) })(exchange);
      },
    });
    await gets(['-c', '1', `${server.origin}/f.bin`]);
    assert.equal(most, 1);
  });

  it('--proxy is asked, with its password', async () => {
    const server = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const credentials = { user: 'me', password: 's3cret' };
    const proxy = await startProxyServer(scope, { credentials, hosts: { 'files.test': server.port } });
    await gets(['--proxy', proxy.address.replace('//', '//me:s3cret@'), 'http://files.test/f.bin']);
    assert.ok(proxy.requests.length > 0);
  });

  it('--ca is trusted, and without it the certificate is refused with the way out', async () => {
    const { caFile, good } = testCertificates(scope);
    const server = await startHttpServer(scope, { '/f.bin': serveFile({ content }) }, { tls: good });
    const { exitCode, stderr } = await cli.run(['get', `${server.origin}/f.bin`]);
    assert.equal(exitCode, 3);
    assert.match(stderr, /not trusted .* --ca\.\n$/);
    await gets(['--ca', caFile, `${server.origin}/f.bin`]);
  });

  it('--limit holds the whole run back', async () => {
    const server = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const began = performance.now();
    await gets(['--limit', '2M', `${server.origin}/f.bin`]);
    // Far faster without a limit; a burst at the start is allowed to it.
    assert.ok(performance.now() - began > 700);
  });
});
