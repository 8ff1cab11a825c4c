import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RangeSink } from '../../../../src/engine/disk/rangeSink.ts';
import { WriteBuffers } from '../../../../src/engine/disk/writeBuffers.ts';
import { AddressBook } from '../../../../src/engine/net/addressBook.ts';
import { HttpConnection } from '../../../../src/engine/net/httpConnection.ts';
import type { Route } from '../../../../src/engine/net/route.ts';
import { useScope } from '../../../support/scope.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { forSeeds, SeededRandom } from '../seededRandom.ts';
import { CheckedSink, readInRanges } from './checkedSink.ts';
import { routeBy, WAYS } from './routes.ts';
import { drained, type Script, type ScriptedServer, sendInPieces, startScriptedServer } from './scriptedServer.ts';
import { untilHeldUp } from './untilHeldUp.ts';

const REQUEST = { url: new URL('http://x/'), headers: {} };

/** Bytes that differ from place to place and from answer to answer. */
function bodyOf(length: number, salt: number): Buffer {
  const body = Buffer.alloc(length);
  for (let i = 0; i < length; i++) body[i] = (i * 31 + (i >> 8) * 17 + salt * 101) & 0xff;
  return body;
}

function headFor(length: number, more = ''): Buffer {
  return Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n${more}\r\n`, 'latin1');
}

for (const way of WAYS) {
  describe(`HttpConnection, ${way}`, () => {
    const scope = useScope();
    const signal = new AbortController().signal;

    function open(route: Route): { connection: HttpConnection; closed: () => number } {
      let closed = 0;
      const timeouts = { connectMs: 8000, firstByteMs: 8000, idleMs: 8000 };
      const connection = new HttpConnection({ route, addresses: new AddressBook(), timeouts }, () => closed++);
      scope.defer(() => connection.destroy(new Error('the test is over')));
      return { connection, closed: () => closed };
    }

    async function start(
      script: Script,
      hostname?: string,
    ): Promise<{ connection: HttpConnection; closed: () => number; server: ScriptedServer; route: Route }> {
      const server = await startScriptedServer(scope, way === 'plain' ? 'plain' : 'tls', script);
      const route = await routeBy(way, scope, server.port, hostname);
      return { ...open(route), server, route };
    }

    function sinkFor(length: number, slow = 0): CheckedSink {
      return new CheckedSink({ start: 0, length }, new SeededRandom(length + 1), { slow });
    }

    it('puts every byte in its place, whatever the splits, sinks and pauses, answer after answer', async () => {
      await forSeeds(25, async (random) => {
        const answers = Array.from({ length: random.between(1, 4) }, (_, salt) => {
          const length = random.pick([0, 1, random.between(0, 300), random.between(0, 200_000)]);
          return { body: bodyOf(length, salt), interim: random.chance(0.3) };
        });
        const { connection, server } = await start(async (socket, { number }) => {
          const answer = answers[number - 1];
          if (answer === undefined) return;
          const interim = Buffer.from(answer.interim ? 'HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n' : '');
          await sendInPieces(socket, Buffer.concat([interim, headFor(answer.body.length), answer.body]), random);
        });
        const sinks: CheckedSink[] = [];
        for (const { body } of answers) {
          const head = await connection.request(REQUEST, { signal });
          assert.equal(head.headers['content-length'], String(body.length));
          if (random.chance(0.3)) await nextTurn();
          sinks.push(...(await readInRanges(connection, body, random, { signal })));
          assert.equal(connection.isIdle, true);
        }
        for (const sink of sinks) sink.check();
        assert.equal(server.connections, 1);
        connection.destroy(new Error('done'));
      });
    });

    it('fills sinks of the disk, whose ranges are cut short and drained meanwhile, without a wrong byte', async () => {
      await forSeeds(12, async (random) => {
        const body = bodyOf(3_000_000 + random.between(0, 500_000), 1);
        const { connection } = await start((socket) =>
          sendInPieces(socket, Buffer.concat([headFor(body.length), body]), random),
        );
        await connection.request(REQUEST, { signal });
        const file = Buffer.alloc(body.length);
        const write = async (bytes: Uint8Array, position: number): Promise<void> => {
          await new Promise((resolve) => setImmediate(resolve));
          file.set(bytes, position);
        };
        const buffers = new WriteBuffers();
        let counted = 0;
        const onWritten = (from: number, to: number): void => {
          counted += to - from;
        };
        const sink = new RangeSink({ start: 0, end: body.length }, { write, buffers, onWritten });
        let reading = true;
        const meddling = (async () => {
          while (reading) {
            await nextTurn();
            if (random.chance(0.2)) await sink.drain();
            if (random.chance(0.01)) sink.shrinkTo(sink.position + Math.floor(sink.remaining / 2) + 1);
          }
        })();
        assert.equal(await connection.readInto(sink, { signal }), 'filled');
        reading = false;
        await meddling;
        await sink.drain();
        sink.close();
        assert.equal(sink.remaining, 0);
        assert.equal(counted, sink.position);
        assert.ok(file.subarray(0, sink.position).equals(body.subarray(0, sink.position)), 'a byte is wrong');
        assert.ok(
          file.subarray(sink.position).every((byte) => byte === 0),
          'a byte was written beyond the cut',
        );
        connection.destroy(new Error('done'));
      });
    });

    it('says that the body ended when it is shorter than the sink', async () => {
      const { connection } = await start((socket) => socket.write(Buffer.concat([headFor(10), bodyOf(10, 0)])));
      await connection.request(REQUEST, { signal });
      const sink = sinkFor(11);
      assert.equal(await connection.readInto(sink, { signal }), 'ended');
      assert.equal(sink.position, 10);
      assert.equal(connection.isIdle, true);
    });

    it('gives all bytes of a body whose server hangs up behind it, however slow the sink is', async () => {
      const body = bodyOf(100_000, 0);
      const { connection } = await start((socket) =>
        socket.end(Buffer.concat([headFor(body.length, 'Connection: close\r\n'), body])),
      );
      const head = await connection.request(REQUEST, { signal });
      assert.equal(head.keepAlive, false);
      const sink = sinkFor(body.length, 1);
      assert.equal(await connection.readInto(sink, { signal }), 'filled');
      assert.ok(sink.bytes.equals(body));
      assert.equal(connection.isIdle, false);
    });

    it('keeps what came before the server hung up in the middle, and says so', async () => {
      const body = bodyOf(60_000, 0);
      const { connection, closed } = await start((socket) => socket.end(Buffer.concat([headFor(100_000), body])));
      await connection.request(REQUEST, { signal });
      const sink = sinkFor(100_000);
      assertCode(await rejection(connection.readInto(sink, { signal })), 'incomplete-body');
      assert.equal(sink.position, 60_000);
      assert.ok(sink.bytes.subarray(0, 60_000).equals(body));
      assert.equal(closed(), 1);
      assertCode(await rejection(connection.readInto(sinkFor(10), { signal })), 'connection-lost');
    });

    it('fails a request whose server hangs up before or within the head', async () => {
      for (const text of ['', 'HTTP/1.1 200 OK\r\nContent-Le']) {
        const { connection } = await start((socket) => socket.end(text));
        assertCode(await rejection(connection.request(REQUEST, { signal })), 'connection-lost');
        assert.equal(connection.isIdle, false);
      }
    });

    it('tells of a port where nobody listens, and whose port that is', async () => {
      const { route, connection } = await start(() => {});
      connection.destroy(new Error('not needed'));
      await scope.close();
      const error = await rejection(open(route).connection.request(REQUEST, { signal }));
      assertCode(error, route.proxy === null ? 'connection-refused' : 'proxy-failed');
    });

    const badHeads: [what: string, text: string][] = [
      ['another protocol', 'SSH-2.0-OpenSSH_9\r\n\r\n'],
      ['an obsolete fold', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
      ['more than 64 KiB', `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(66_000)}`],
      ['many lines of more than 64 KiB', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(12_000)}`],
    ];
    for (const [what, text] of badHeads) {
      it(`refuses a head of ${what}`, async () => {
        const { connection, closed } = await start((socket) =>
          sendInPieces(socket, Buffer.from(text), new SeededRandom(5)),
        );
        assertCode(await rejection(connection.request(REQUEST, { signal })), 'bad-response');
        assert.equal(closed(), 1);
      });
    }

    it('survives a header that is named like a property of every object', async () => {
      const { connection } = await start((socket) => socket.write(headFor(0, 'constructor: x\r\n__proto__: y\r\n')));
      const head = await connection.request(REQUEST, { signal });
      assert.equal(head.headers['content-length'], '0');
    });

    it('never uses a connection again on which more came than the body', async () => {
      const body = bodyOf(5000, 0);
      const { connection, closed } = await start((socket) =>
        socket.write(Buffer.concat([headFor(5000), body, Buffer.from('HTTP/1.1')])),
      );
      await connection.request(REQUEST, { signal });
      const sink = sinkFor(5000);
      assert.equal(await connection.readInto(sink, { signal }), 'filled');
      assert.ok(sink.bytes.equals(body));
      await waitFor('the connection to be closed or known as unfit', () => closed() === 1 || !connection.isIdle);
    });

    it('notices when the server closes a connection that is kept', async () => {
      const sockets: Socket[] = [];
      const { connection, closed } = await start((socket) => {
        sockets.push(socket);
        socket.write(headFor(0));
      });
      await connection.request(REQUEST, { signal });
      connection.keep();
      assert.equal(connection.isIdle, true);
      sockets[0]?.end();
      await waitFor('the closing to be noticed', () => closed() === 1);
      assert.equal(connection.isIdle, false);
    });

    it('is closed when a server sends on a connection that is kept', async () => {
      const sockets: Socket[] = [];
      const { connection, closed } = await start((socket) => {
        sockets.push(socket);
        socket.write(headFor(0));
      });
      await connection.request(REQUEST, { signal });
      connection.keep();
      sockets[0]?.write('HTTP/1.1 408 Request Timeout\r\n\r\n');
      await waitFor('the connection to be closed', () => closed() === 1);
    });

    it('ends a request at once that is aborted before, while it connects, or while it waits for the head', async () => {
      const reason = new Error('enough');
      const { connection, route, closed } = await start(() => {});
      assert.equal(await rejection(connection.request(REQUEST, { signal: AbortSignal.abort(reason) })), reason);
      assert.equal(closed(), 1);
      const during = new AbortController();
      const connecting = rejection(open(route).connection.request(REQUEST, { signal: during.signal }));
      during.abort(reason);
      assert.equal(await connecting, reason);
      const later = new AbortController();
      const other = await start(() => later.abort('enough as text'));
      assert.match(
        String(await rejection(other.connection.request(REQUEST, { signal: later.signal }))),
        /enough as text/,
      );
      assert.equal(other.closed(), 1);
    });

    it('aborted in the middle of a body it ends at once, keeps what came, and touches no memory afterwards', async () => {
      await forSeeds(15, async (random) => {
        const body = bodyOf(400_000, 0);
        const sent = random.between(1, body.length - 1);
        const { connection, closed } = await start((socket) =>
          sendInPieces(socket, Buffer.concat([headFor(body.length), body.subarray(0, sent)]), random),
        );
        await connection.request(REQUEST, { signal });
        const sink = new CheckedSink({ start: 0, length: body.length }, random, { slow: random.pick([0, 0.5]) });
        const abort = new AbortController();
        const reading = rejection(connection.readInto(sink, { signal: abort.signal }));
        const stopAt = random.between(0, sent);
        await waitFor(`byte ${stopAt}`, async () => {
          await nextTurn();
          return sink.position >= stopAt;
        });
        abort.abort(new Error('enough'));
        const { position } = sink;
        assert.match(String(await reading), /enough/);
        for (let turns = 0; turns < 5; turns++) await nextTurn();
        assert.equal(sink.position, position);
        assert.ok(sink.bytes.subarray(0, position).equals(body.subarray(0, position)));
        sink.check();
        assert.equal(closed(), 1);
      });
    });

    it('passes on why a sink cannot take more', async () => {
      const { connection } = await start((socket) =>
        socket.write(Buffer.concat([headFor(100_000), bodyOf(50_000, 0)])),
      );
      await connection.request(REQUEST, { signal });
      const sink = sinkFor(100_000, 1);
      sink.ready = () => Promise.reject(new Error('no space left'));
      assert.match(String(await rejection(connection.readInto(sink, { signal }))), /no space left/);
    });

    it('leaves the rest of a body in the system while nobody reads it', async () => {
      const body = bodyOf(20_000_000, 0);
      let sent = 0;
      const { connection } = await start(async (socket) => {
        socket.write(headFor(body.length));
        for (let at = 0; at < body.length && !socket.destroyed; at += 65_536) {
          if (!socket.write(body.subarray(at, at + 65_536))) await drained(socket);
          sent = at;
        }
      });
      await connection.request(REQUEST, { signal });
      const first = sinkFor(1000);
      assert.equal(await connection.readInto(first, { signal }), 'filled');
      await untilHeldUp(() => sent);
      assert.ok(sent < 19_000_000, `the server could send ${sent} bytes`);
      const second = sinkFor(5000);
      assert.equal(await connection.readInto(second, { signal }), 'filled');
      assert.ok(second.bytes.equals(body.subarray(1000, 6000)));
    });
  });
}
