import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_NETWORK } from '../../src/contract/settings.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { testCertificates } from '../support/servers/certificates.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { tempFolder } from '../support/tempFolder.ts';

describe('https', () => {
  const scope = useScope();
  const content = new Content(3_000_000);

  it('an unknown authority is refused by name and cure; given with caFile, the retry succeeds', async () => {
    const { caFile, good } = testCertificates(scope);
    const { origin, log } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) }, { tls: good });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${origin}/f.bin`);
    assertPlainError(await engine.failed(id), 'tls-untrusted', new URL(origin).host, 'authority', '--ca');
    assert.equal(log.requests.length, 0, 'not even the request was told to a stranger');
    assert.deepEqual(readdirSync(engine.folder), []);
    await engine.request('network', { ...DEFAULT_NETWORK, caFile });
    await engine.request('retry', { id });
    await assertDownloaded(await engine.completed(id), content);
  });

  for (const [what, which] of [
    ['a certificate of another host', 'otherName'],
    ['an expired certificate', 'expired'],
  ] as const) {
    it(`${what} is refused though its authority is known`, async () => {
      const certificates = testCertificates(scope);
      const { origin, log } = await startHttpServer(
        scope,
        { '/f.bin': serveFile({ content }) },
        { tls: certificates[which] },
      );
      const engine = await startInProcessEngine(scope, { network: { caFile: certificates.caFile } });
      assertPlainError(await engine.failed(await engine.add(`${origin}/f.bin`)), 'tls-untrusted', new URL(origin).host);
      assert.equal(log.requests.length, 0);
    });
  }

  it('the trust ends with the setting', async () => {
    const { caFile, good } = testCertificates(scope);
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) }, { tls: good });
    const engine = await startInProcessEngine(scope, { network: { caFile } });
    await engine.completed(await engine.add(`${origin}/f.bin`));
    await engine.request('network', DEFAULT_NETWORK);
    assertPlainError(await engine.failed(await engine.add(`${origin}/f.bin`)), 'tls-untrusted');
  });

  it('a caFile without a certificate is named', async () => {
    const path = join(tempFolder(scope), 'empty.pem');
    writeFileSync(path, 'nothing');
    const { origin } = await startHttpServer(
      scope,
      { '/f.bin': serveFile({ content }) },
      { tls: testCertificates(scope).good },
    );
    const engine = await startInProcessEngine(scope, { network: { caFile: path } });
    assertPlainError(await engine.failed(await engine.add(`${origin}/f.bin`)), 'bad-option', path);
  });

  it('a plain server behind an https link: tls-failed', async () => {
    const { port } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const engine = await startInProcessEngine(scope);
    assertPlainError(
      await engine.failed(await engine.add(`https://localhost:${port}/f.bin`)),
      'tls-failed',
      `localhost:${port}`,
    );
  });

  it('a redirect from https to http is not followed', async () => {
    const { caFile, good } = testCertificates(scope);
    const plain = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const secure = await startHttpServer(
      scope,
      { '/f.bin': ({ response }) => void response.writeHead(302, { Location: `${plain.origin}/f.bin` }).end() },
      { tls: good },
    );
    const engine = await startInProcessEngine(scope, { network: { caFile } });
    assertPlainError(await engine.failed(await engine.add(`${secure.origin}/f.bin`)), 'redirect-refused', plain.origin);
    assert.equal(plain.log.requests.length, 0);
  });
});
