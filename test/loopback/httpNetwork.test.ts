import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import { DEFAULT_NETWORK } from '../../src/contract/settings.ts';
import { AddressBook } from '../../src/engine/net/addressBook.ts';
import { HttpClient } from '../../src/engine/net/httpClient.ts';
import { DEFAULT_TIMEOUTS } from '../../src/engine/net/httpLimits.ts';
import { assertPlainError, refusal } from '../support/assertPlainError.ts';
import { readBody } from '../support/memorySink.ts';
import { useScope } from '../support/scope.ts';
import { testCertificates } from '../support/servers/certificates.ts';
import { startRawServer } from '../support/servers/rawServer.ts';
import { skipBecause } from '../support/skipBecause.ts';

const signal = new AbortController().signal;
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

describe('the way to a host', () => {
  const scope = useScope();

  /** Answers with the address that was asked and the `Host` header. */
  async function startEcho(secure: boolean, address: string): Promise<number> {
    const { good } = testCertificates(scope);
    const server = secure ? createTlsServer(good) : createServer();
    server.on('request', (request, response) => {
      const text = `${request.socket.localAddress} ${request.headers.host}`;
      response.writeHead(200, { 'Content-Length': String(text.length) }).end(text);
    });
    server.listen(0, address);
    scope.defer(async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  function startClient(lookup?: LookupFunction): HttpClient {
    const addresses = new AddressBook(lookup === undefined ? {} : { lookup });
    const client = new HttpClient({ env: {}, addresses }, { timeouts: DEFAULT_TIMEOUTS });
    scope.defer(() => client.close());
    client.configure({ ...DEFAULT_NETWORK, caFile: testCertificates(scope).caFile });
    return client;
  }

  async function textOf(client: HttpClient, link: string): Promise<string> {
    return String(await readBody(await client.get(link, {}, { signal }), 1000));
  }

  const scattered: LookupFunction = (_, options, callback) => {
    assert.equal(options.all, true, 'all addresses are asked for');
    callback(null, [
      { address: '::1', family: 6 },
      { address: '127.0.0.9', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
  };

  for (const secure of [false, true]) {
    const scheme = secure ? 'https' : 'http';

    it(`${scheme}: of several addresses the one is found at which the server listens`, async () => {
      const port = await startEcho(secure, '127.0.0.1');
      const client = startClient(scattered);
      // The good certificate names this host.
      assert.equal(await textOf(client, `${scheme}://localhost:${port}/`), `127.0.0.1 localhost:${port}`);
    });

    it(`${scheme}: an address of IPv6 in the link works`, async function () {
      skipBecause(this, hasIpv6 ? null : 'this machine has no IPv6');
      const port = await startEcho(secure, '::1');
      assert.equal(await textOf(startClient(), `${scheme}://[::1]:${port}/`), `::1 [::1]:${port}`);
    });

    it(`${scheme}: a name with letters of any language is asked for, and named, in its ASCII form`, async () => {
      const port = await startEcho(secure, '127.0.0.1');
      const asked: string[] = [];
      const client = startClient((hostname, _, callback) => {
        asked.push(hostname);
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      });
      const text = await textOf(client, `${scheme}://bücher.localhost:${port}/`);
      assert.equal(text, `127.0.0.1 xn--bcher-kva.localhost:${port}`);
      assert.deepEqual(asked, ['xn--bcher-kva.localhost']);
    });
  }

  it('the server name of TLS is the host, without the dot that a complete name may end with, and never an address', async () => {
    const named: (string | false)[] = [];
    const server = createTlsServer(testCertificates(scope).good, (_, response) => {
      response.writeHead(200, { 'Content-Length': '2' }).end('ok');
    });
    server.on('secureConnection', ({ servername }) => void named.push(servername ?? false)).listen(0, '127.0.0.1');
    scope.defer(() => {
      server.close();
      server.closeAllConnections();
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = startClient((_, __, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]));
    for (const host of ['localhost', 'localhost.', '127.0.0.1']) {
      assert.equal(await textOf(client, `https://${host}:${port}/`), 'ok');
    }
    assert.deepEqual(named, ['localhost', 'localhost', false]);
  });

  it('no address of several answers: the first failure is told', async () => {
    const port = await startEcho(false, '127.0.0.2');
    const client = startClient(scattered);
    assertPlainError(
      await refusal(client.get(`http://nowhere.invalid:${port}/`, {}, { signal })),
      'connection-refused',
      `nowhere.invalid:${port}`,
    );
  });

  for (const [which, reason] of [
    ['selfSigned', 'it is self-signed'],
    ['expired', 'it has expired'],
    ['otherName', 'it was made for another host'],
  ] as const) {
    it(`a certificate is refused for the reason that ${reason}`, async () => {
      const server = createTlsServer(testCertificates(scope)[which]);
      server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
      scope.defer(() => server.close());
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const error = await refusal(startClient().get(`https://localhost:${port}/`, {}, { signal }));
      assertPlainError(error, 'tls-untrusted', `localhost:${port}`, reason);
    });
  }

  it('a head that comes byte by byte has the time of an answer, and no more', async () => {
    const { origin, log } = await startRawServer(scope, (socket) => {
      const dripping = setInterval(() => socket.write('x'), 20);
      socket.once('close', () => clearInterval(dripping));
      socket.write('HTTP/1.1 200 OK\r\nA: ');
    });
    const client = new HttpClient({ env: {} }, { timeouts: { ...DEFAULT_TIMEOUTS, firstByteMs: 300 } });
    scope.defer(() => client.close());
    assertPlainError(await refusal(client.get(origin, {}, { signal })), 'first-byte-timeout', new URL(origin).host);
    await log.quiet();
  });
});
