import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { HttpClient } from '../../../../src/engine/net/httpClient.ts';
import { DEFAULT_TIMEOUTS } from '../../../../src/engine/net/httpLimits.ts';
import { useScope } from '../../../support/scope.ts';
import { startRawServer } from '../../../support/servers/rawServer.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { forSeeds, SeededRandom } from '../seededRandom.ts';
import { CheckedSink, readInRanges } from './checkedSink.ts';
import { type Script, type ScriptedServer, sendInPieces, startScriptedServer } from './scriptedServer.ts';

const signal = new AbortController().signal;

function ok(body: string, more = ''): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;
}

describe('HttpClient', () => {
  const scope = useScope();

  async function start(script: Script): Promise<{ client: HttpClient; server: ScriptedServer; link: string }> {
    const server = await startScriptedServer(scope, 'plain', script);
    const client = new HttpClient({ env: {} }, { timeouts: DEFAULT_TIMEOUTS });
    scope.defer(() => client.close());
    return { client, server, link: `http://127.0.0.1:${server.port}/file` };
  }

  function sinkFor(length: number): CheckedSink {
    return new CheckedSink({ start: 0, length }, new SeededRandom(1), { slow: 0 });
  }

  it('uses a connection again whose body was read to its end', async () => {
    const { client, server, link } = await start((socket) => socket.write(ok('hello')));
    for (let n = 0; n < 3; n++) {
      const response = await client.get(link, {}, { signal });
      const sink = sinkFor(5);
      assert.equal(await response.readInto(sink, { signal }), 'filled');
      assert.equal(String(sink.bytes), 'hello');
      response.discard();
    }
    assert.equal(server.connections, 1);
  });

  it('asks on a new connection when a kept one was closed by the server', async () => {
    const { client, server, link } = await start((socket, { number }) => {
      // The second request on the first connection is answered by hanging up.
      if (number === 2) socket.destroy();
      else socket.write(ok('hello'));
    });
    for (let n = 0; n < 2; n++) {
      const response = await client.get(link, {}, { signal });
      await response.readInto(sinkFor(5), { signal });
    }
    assert.equal(server.connections, 2);
  });

  it('lets go of an empty answer at once: discarding it later touches nobody else', async () => {
    const sockets: Socket[] = [];
    const { client, link } = await start((socket, { number }) => {
      if (number === 1) socket.write(ok(''));
      else sockets.push(socket);
    });
    const empty = await client.get(link, {}, { signal });
    const other = client.get(link, {}, { signal });
    await waitFor('the second request', () => sockets.length > 0);
    empty.discard();
    assert.equal(await empty.readInto(sinkFor(5), { signal }), 'ended');
    for (const socket of sockets) socket.write(ok('hello'));
    const sink = sinkFor(5);
    await (await other).readInto(sink, { signal });
    assert.equal(String(sink.bytes), 'hello');
    assert.equal(sockets.length, 1, 'the second request had to be sent again');
  });

  const unfit: [what: string, answer: string][] = [
    ['the server wants it closed', ok('hello', 'Connection: close\r\n')],
    ['it is HTTP/1.0', ok('hello').replace('1.1', '1.0')],
    ['more came than the body', `${ok('hello')}more`],
  ];
  for (const [what, answer] of unfit) {
    it(`closes a connection when the body is over and ${what}`, async () => {
      const { client, server, link } = await start((socket) => socket.write(answer));
      const response = await client.get(link, {}, { signal });
      assert.equal(await response.readInto(sinkFor(5), { signal }), 'filled');
      await waitFor('the connection to be closed', () => server.openConnections === 0, 2000);
    });
  }

  it('closes a connection whose answer is not wanted', async () => {
    const { client, server, link } = await start((socket) => socket.write(`${ok('x'.repeat(100))}`.slice(0, -50)));
    const response = await client.get(link, {}, { signal });
    response.discard();
    await waitFor('the connection to be closed', () => server.openConnections === 0);
  });

  it('sends path and query as they are, and every header', async () => {
    let request = '';
    const client = new HttpClient({ env: {} }, { timeouts: DEFAULT_TIMEOUTS });
    scope.defer(() => client.close());
    const raw = await startRawServer(scope, (socket, head) => {
      request = head;
      socket.write(ok('hello'));
    });
    await client.get(`${raw.origin}/a%2fb/ü?x=%zz&y=a+b#part`, { range: 'bytes=0-', 'x-y': 'z' }, { signal });
    assert.match(request, /^GET \/a%2fb\/%C3%BC\?x=%zz&y=a\+b HTTP\/1\.1\r\n/);
    assert.match(request, new RegExp(`\r\nhost: 127\\.0\\.0\\.1:${raw.port}\r\n`));
    assert.match(request, /\r\nrange: bytes=0-\r\nx-y: z/);
  });

  const lengths: [what: string, headers: string][] = [
    ['a length that is no number', 'Content-Length: five\r\n'],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 5\r\n'],
    ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
    ['a coding that is not known', 'Transfer-Encoding: gzip, chunked\r\n'],
  ];
  for (const [what, headers] of lengths) {
    it(`refuses ${what}, and leaves no connection`, async () => {
      const { client, server, link } = await start((socket) => socket.write(`HTTP/1.1 200 OK\r\n${headers}\r\nhello`));
      assertCode(await rejection(client.get(link, {}, { signal })), 'bad-response');
      await waitFor('the connection to be closed', () => server.openConnections === 0, 2000);
    });
  }

  it('reads what has no length in the answer to its one request', async () => {
    const { client, server, link } = await start((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'),
    );
    const response = await client.get(link, {}, { signal });
    const sink = sinkFor(10);
    assert.equal(await response.readInto(sink, { signal }), 'ended');
    assert.equal(sink.position, 5);
    assert.equal(server.connections, 1);
  });

  it('uses a connection again on which a chunked body, or an answer without a body, has ended', async () => {
    const answers = [
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
      'HTTP/1.1 204 No Content\r\nETag: "x"\r\n\r\n',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
      'HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */0\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello',
      'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nhello',
    ];
    const { client, server, link } = await start((socket, { number }) => socket.write(answers[number - 1] ?? ''));
    for (const answer of answers) {
      const response = await client.get(link, {}, { signal });
      const sink = sinkFor(10);
      assert.equal(await response.readInto(sink, { signal }), 'ended', answer);
      assert.equal(sink.position, answer.includes('hello') ? 5 : 0, answer);
      response.discard();
    }
    assert.equal(server.connections, 1);
  });

  for (const framing of ['Content-Length: 4', 'Transfer-Encoding: chunked', 'ETag: "x"']) {
    it(`gives nothing of the page that comes with an error, and closes its connection (${framing})`, async () => {
      for (const status of ['404 Not Found', '416 Range Not Satisfiable', '503 Service Unavailable', '302 Found']) {
        const { client, server, link } = await start((socket) => {
          socket.write(`HTTP/1.1 ${status}\r\n${framing}\r\n\r\n4\r\nno\r\n`);
        });
        const response = await client.get(link, {}, { signal });
        assert.equal(String(response.status), status.slice(0, 3));
        const sink = sinkFor(10);
        assert.equal(await response.readInto(sink, { signal }), 'ended');
        assert.equal(sink.position, 0);
        await waitFor('the connection to be closed', () => server.openConnections === 0);
      }
    });
  }

  const encoded: [what: string, framing: string, body: string][] = [
    ['with a length', 'Content-Length: 5', '\x1f\x8babc'],
    ['in chunks', 'Transfer-Encoding: chunked', '5\r\n\x1f\x8babc\r\n0\r\n\r\n'],
    ['until the connection is closed', 'Connection: close', '\x1f\x8babc'],
  ];
  for (const [what, framing, body] of encoded) {
    it(`gives what is packed as it was sent, ${what}`, async () => {
      const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n${framing}\r\n\r\n`;
      const { client, link } = await start((socket) => socket.end(`${head}${body}`, 'latin1'));
      const response = await client.get(link, {}, { signal });
      const sink = sinkFor(10);
      assert.equal(await response.readInto(sink, { signal }), 'ended');
      assert.equal(sink.bytes.toString('latin1', 0, sink.position), '\x1f\x8babc');
    });
  }

  it('says that the connection was lost when a body without a length is reset', async () => {
    const { client, server, link } = await start((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nhello'));
    const response = await client.get(link, {}, { signal });
    const sink = sinkFor(10);
    const reading = rejection(response.readInto(sink, { signal }));
    await waitFor('the first bytes', () => sink.position === 5);
    server.reset();
    assertCode(await reading, 'connection-lost');
  });

  it('puts every byte of a chunked body in its place, whatever the chunks, splits, sinks and pauses', async () => {
    await forSeeds(25, async (random) => {
      const body = Buffer.alloc(random.pick([1, 300, random.between(1, 150_000)]));
      for (let i = 0; i < body.length; i++) body[i] = (i * 31 + (i >> 8) * 17) & 0xff;
      const pieces: Buffer[] = [Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')];
      for (let at = 0; at < body.length; ) {
        const end = Math.min(body.length, at + random.between(1, random.pick([10, 5000, 100_000])));
        pieces.push(Buffer.from(`${(end - at).toString(16)}\r\n`), body.subarray(at, end), Buffer.from('\r\n'));
        at = end;
      }
      pieces.push(Buffer.from('0\r\n\r\n'));
      const { client, link } = await start((socket) => sendInPieces(socket, Buffer.concat(pieces), random));
      const response = await client.get(link, {}, { signal });
      const sinks = await readInRanges(response, body, random, { signal });
      const rest = sinkFor(1);
      assert.equal(await response.readInto(rest, { signal }), 'ended');
      assert.equal(rest.position, 0);
      for (const sink of sinks) sink.check();
    });
  });

  it('says that a chunked body broke off, and keeps what came', async () => {
    const { client, link } = await start((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'),
    );
    const response = await client.get(link, {}, { signal });
    const sink = sinkFor(10);
    assertCode(await rejection(response.readInto(sink, { signal })), 'incomplete-body');
    assert.equal(String(sink.bytes.subarray(0, sink.position)), 'hello');
  });

  it('ends a read of a chunked body at once when it is aborted', async () => {
    const { client, server, link } = await start((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'),
    );
    const abort = new AbortController();
    const response = await client.get(link, {}, { signal: abort.signal });
    const sink = sinkFor(10);
    const reading = rejection(response.readInto(sink, { signal: abort.signal }));
    await waitFor('the first bytes', () => sink.position === 5);
    abort.abort('paused');
    assert.equal(await reading, 'paused');
    await waitFor('the connection to be closed', () => server.openConnections === 0);
    sink.check();
  });

  it("passes on an abort's own reason", async () => {
    const abort = new AbortController();
    const { client, link } = await start(() => abort.abort('paused'));
    assert.equal(await rejection(client.get(link, {}, { signal: abort.signal })), 'paused');
    assert.equal(await rejection(client.get(link, {}, { signal: abort.signal })), 'paused');
  });
});
