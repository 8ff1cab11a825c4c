import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_NETWORK } from '../../src/contract/settings.ts';
import { HttpClient } from '../../src/engine/net/httpClient.ts';
import { DEFAULT_TIMEOUTS } from '../../src/engine/net/httpLimits.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { MemorySink } from '../support/memorySink.ts';
import { useScope } from '../support/scope.ts';
import { testCertificates } from '../support/servers/certificates.ts';
import { type Http2Behaviour, type Http2Request, startHttp2Server } from '../support/servers/http2Server.ts';
import { startProxyServer } from '../support/servers/proxyServer.ts';
import { waitFor } from '../support/waitFor.ts';

describe('an origin that speaks HTTP/2 only', () => {
  const scope = useScope();
  const content = new Content(20_000_000);

  for (const refusal of ['alert', 'close'] as const) {
    it(`and ends HTTP/1.1 by ${refusal}: several lanes fetch the file, and it is found out once`, async () => {
      const { caFile, good } = testCertificates(scope);
      // A first lane that is very fast would be the only one.
      const behave = ({ number }: Http2Request): Http2Behaviour => (number === 1 ? { stallAfterBytes: 500_000 } : {});
      const server = await startHttp2Server(scope, content, { tls: good, refusal, behave });
      const engine = await startInProcessEngine(scope, { network: { caFile }, timeouts: { idleMs: 400 } });
      await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/f.bin`)), content);
      assert.equal(server.refused, 1);
      assert.ok(server.requests.length > 1, 'ranges were asked for');
      assert.ok(
        new Set(server.requests.map(({ connection }) => connection)).size > 1,
        'lanes have their own connections',
      );
    });
  }

  const moods: [what: string, behave: (request: Http2Request) => Http2Behaviour][] = [
    ['resets every third stream', ({ number }) => (number % 3 === 1 ? { resetAfterBytes: 700_000 } : {})],
    ['resets every third connection', ({ number }) => (number % 3 === 1 ? { hangUpAfterBytes: 700_000 } : {})],
    ['resets before the first byte, twice', ({ number }) => (number <= 2 ? { resetAfterBytes: 0 } : {})],
    ['tells no length', () => ({ lengthless: true })],
    ['stalls once', ({ number }) => (number === 2 ? { stallAfterBytes: 500_000 } : {})],
  ];
  for (const [what, behave] of moods) {
    it(`and ${what}: the file is right in the end`, async () => {
      const { caFile, good } = testCertificates(scope);
      const server = await startHttp2Server(scope, content, { tls: good, behave });
      const engine = await startInProcessEngine(scope, { network: { caFile }, timeouts: { idleMs: 400 } });
      await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/f.bin`)), content);
    });
  }

  it('and answers 503 with Retry-After: waits as it was told', async () => {
    const { caFile, good } = testCertificates(scope);
    const behave = ({ number }: Http2Request): Http2Behaviour =>
      number === 1 ? { status: 503, headers: { 'retry-after': '1' } } : {};
    const server = await startHttp2Server(scope, content, { tls: good, behave });
    const engine = await startInProcessEngine(scope, { network: { caFile } });
    const id = await engine.add(`${server.origin}/f.bin`);
    const waiting = await engine.until(
      id,
      'to wait',
      ({ status }) => status.state === 'active' && status.waiting !== null,
    );
    const error = waiting.status.state === 'active' ? waiting.status.waiting : null;
    assertPlainError(error, 'server-busy', new URL(server.origin).host, '503');
    await assertDownloaded(await engine.completed(id), content);
  });

  it('is not held to have stopped while our disk is slow', async () => {
    const { caFile, good } = testCertificates(scope);
    const server = await startHttp2Server(scope, content, { tls: good });
    const client = new HttpClient({ env: {} }, { timeouts: { ...DEFAULT_TIMEOUTS, idleMs: 150 } });
    scope.defer(() => client.close());
    client.configure({ ...DEFAULT_NETWORK, caFile });
    const { signal } = new AbortController();
    const response = await client.get(`${server.origin}/f.bin`, {}, { signal });
    let pauses = 0;
    // The first pauses are longer than a server may be silent.
    const sink = new MemorySink(content.sizeBytes, { pause: () => delay(pauses++ < 3 ? 400 : 0) });
    assert.equal(await response.readInto(sink, { signal }), 'filled');
    assert.ok(sink.bytes.equals(content.slice(0, content.sizeBytes)));
  });

  it('has its connections back when there is nothing more to fetch', async () => {
    const { caFile, good } = testCertificates(scope);
    const server = await startHttp2Server(scope, content, { tls: good });
    const engine = await startInProcessEngine(scope, { network: { caFile } });
    await engine.completed(await engine.add(`${server.origin}/f.bin`));
    await waitFor('the connections to be closed', () => server.openConnections === 0);
  });

  it('is reached through a tunnel, too', async () => {
    const { caFile, good } = testCertificates(scope);
    const server = await startHttp2Server(scope, content, { tls: good });
    const proxy = await startProxyServer(scope);
    const engine = await startInProcessEngine(scope, { network: { caFile, proxy: proxy.address } });
    await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/f.bin`)), content);
    assert.ok(proxy.requests.every(({ method }) => method === 'CONNECT'));
  });

  it('with a certificate that is not trusted is not talked to in HTTP/2 either', async () => {
    const { good } = testCertificates(scope);
    const server = await startHttp2Server(scope, content, { tls: good });
    const engine = await startInProcessEngine(scope);
    const error = await engine.failed(await engine.add(`${server.origin}/f.bin`));
    assertPlainError(error, 'tls-untrusted', new URL(server.origin).host, 'authority');
    assert.equal(server.requests.length, 0);
  });
});
