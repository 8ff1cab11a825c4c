import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { AddressBook } from '../../../../src/engine/net/addressBook.ts';
import { HttpConnection } from '../../../../src/engine/net/httpConnection.ts';
import { useScope } from '../../../support/scope.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { forSeeds, SeededRandom } from '../seededRandom.ts';
import { CheckedSink, readInRanges } from './checkedSink.ts';
import { routeBy, WAYS } from './routes.ts';
import { drained, type Script, type ScriptedServer, sendInPieces, startScriptedServer } from './scriptedServer.ts';
import { untilHeldUp } from './untilHeldUp.ts';

const REQUEST = { url: new URL('http://x/'), headers: {} };
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const UNTIL_CLOSED = 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n';

/** Bytes that differ from place to place and from answer to answer. */
function bodyOf(length: number, salt: number): Buffer {
  const body = Buffer.alloc(length);
  for (let i = 0; i < length; i++) body[i] = (i * 31 + (i >> 8) * 17 + salt * 101) & 0xff;
  return body;
}

function chunk(data: Uint8Array, more = ''): Buffer {
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}${more}\r\n`), data, Buffer.from('\r\n')]);
}

/** The body in chunks of any size, with extensions and trailers here and there. */
function inChunks(body: Buffer, random: SeededRandom): Buffer {
  const largest = random.pick([10, 5000, 100_000]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = Math.min(body.length, at + random.between(1, largest));
    pieces.push(chunk(body.subarray(at, end), random.pick(['', '', ';a=b'])));
    at = end;
  }
  return Buffer.concat([...pieces, Buffer.from(`0\r\n${random.pick(['', 'A: b\r\n'])}\r\n`)]);
}

function together(...parts: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

for (const way of WAYS) {
  describe(`bodies without a length, ${way}`, () => {
    const scope = useScope();
    const signal = new AbortController().signal;

    async function start(
      script: Script,
      idleMs = 8000,
    ): Promise<{ connection: HttpConnection; closed: () => number; server: ScriptedServer }> {
      const server = await startScriptedServer(scope, way === 'plain' ? 'plain' : 'tls', script);
      const route = await routeBy(way, scope, server.port);
      const timeouts = { connectMs: 8000, firstByteMs: 8000, idleMs };
      let closed = 0;
      const connection = new HttpConnection({ route, addresses: new AddressBook(), timeouts }, () => closed++);
      scope.defer(() => connection.destroy(new Error('the test is over')));
      return { connection, server, closed: () => closed };
    }

    function sinkFor(length: number, slow = 0): CheckedSink {
      return new CheckedSink({ start: 0, length }, new SeededRandom(length + 1), { slow });
    }

    /** Reads it in ranges of any length, then to its end. */
    async function readAll(connection: HttpConnection, body: Buffer, random: SeededRandom): Promise<void> {
      const sinks = await readInRanges(connection, body, random, { signal });
      const rest = sinkFor(1);
      assert.equal(await connection.readInto(rest, { signal }), 'ended');
      assert.equal(rest.position, 0);
      for (const sink of sinks) sink.check();
    }

    it('in chunks: every byte is in its place, whatever the chunks, splits, sinks and pauses, answer after answer', async () => {
      await forSeeds(20, async (random) => {
        const bodies = Array.from({ length: random.between(1, 4) }, (_, salt) =>
          bodyOf(random.pick([0, 1, random.between(0, 300), random.between(0, 150_000)]), salt),
        );
        const { connection, server } = await start(async (socket, { number }) => {
          const body = bodies[number - 1];
          if (body !== undefined) await sendInPieces(socket, together(CHUNKED, inChunks(body, random)), random);
        });
        for (const body of bodies) {
          await connection.request(REQUEST, { signal });
          let told = 0;
          connection.whenBodyRead(() => told++);
          await readAll(connection, body, random);
          assert.equal(told, 1);
          assert.equal(connection.isIdle, true);
        }
        assert.equal(server.connections, 1);
        connection.destroy(new Error('done'));
      });
    });

    it('until the connection is closed: every byte is in its place, and then it has ended', async () => {
      await forSeeds(20, async (random) => {
        const body = bodyOf(random.pick([0, 1, random.between(0, 300), random.between(0, 300_000)]), 1);
        const { connection } = await start(async (socket) => {
          await sendInPieces(socket, together(UNTIL_CLOSED, body), random);
          socket.end();
        });
        await connection.request(REQUEST, { signal });
        await readAll(connection, body, random);
        assert.equal(connection.isIdle, false);
        connection.destroy(new Error('done'));
      });
    });

    it('until the connection is closed, in one write with the closing, into a slow sink', async () => {
      for (const version of ['1.0', '1.1']) {
        const body = bodyOf(100_000, 0);
        const { connection } = await start((socket) => socket.end(together(`HTTP/${version} 200 OK\r\n\r\n`, body)));
        await connection.request(REQUEST, { signal });
        const sink = sinkFor(200_000, 1);
        assert.equal(await connection.readInto(sink, { signal }), 'ended');
        assert.ok(sink.bytes.subarray(0, sink.position).equals(body));
        connection.destroy(new Error('done'));
      }
    });

    for (const slow of [0, 0.9]) {
      it(`until the connection is closed, but reset in the middle: never complete (slow sink: ${slow})`, async () => {
        await forSeeds(10, async (random) => {
          const body = bodyOf(random.between(1, 200_000), 0);
          const { connection, closed, server } = await start((socket) => socket.write(together(UNTIL_CLOSED, body)));
          await connection.request(REQUEST, { signal });
          const sink = new CheckedSink({ start: 0, length: 300_000 }, random, { slow });
          const reading = rejection(connection.readInto(sink, { signal }));
          const from = random.pick([0, 1, body.length]);
          await waitFor(`byte ${from}`, () => sink.position >= from);
          server.reset();
          assert.ok((await reading) instanceof Error);
          assert.equal(closed(), 1);
          assert.ok(sink.bytes.subarray(0, sink.position).equals(body.subarray(0, sink.position)));
        });
      });
    }

    it('in chunks that break off in good order: incomplete, and what came is kept', async () => {
      const body = bodyOf(60_000, 0);
      for (const cut of [1, 3, 30_000, 60_006, 60_008, 60_010, 60_012]) {
        const bytes = together(chunk(body), '0\r\n\r\n').subarray(0, cut);
        const { connection, closed } = await start((socket) => socket.end(together(CHUNKED, bytes)));
        await connection.request(REQUEST, { signal });
        const sink = sinkFor(100_000);
        assertCode(await rejection(connection.readInto(sink, { signal })), 'incomplete-body');
        assert.ok(sink.bytes.subarray(0, sink.position).equals(body.subarray(0, sink.position)));
        assert.equal(sink.position, Math.max(0, Math.min(body.length, cut - 6)));
        assert.equal(closed(), 1);
      }
    });

    it('in chunks that come byte by byte', async () => {
      const body = bodyOf(300, 0);
      const { connection } = await start(async (socket) => {
        for (const byte of together(
          CHUNKED,
          chunk(body.subarray(0, 299), ';x'),
          chunk(body.subarray(299)),
          '0\r\n\r\n',
        )) {
          socket.write(Uint8Array.of(byte));
          await nextTurn();
        }
      });
      await connection.request(REQUEST, { signal });
      await readAll(connection, body, new SeededRandom(3));
      assert.equal(connection.isIdle, true);
    });

    it('in chunks whose end comes after the last byte was read: usable again from then on', async () => {
      const body = bodyOf(5000, 0);
      const sockets: Socket[] = [];
      const { connection, closed } = await start((socket) => {
        sockets.push(socket);
        socket.write(together(CHUNKED, chunk(body)));
      });
      await connection.request(REQUEST, { signal });
      let told = 0;
      connection.whenBodyRead(() => told++);
      const sink = sinkFor(body.length);
      assert.equal(await connection.readInto(sink, { signal }), 'filled');
      assert.ok(sink.bytes.equals(body));
      assert.deepEqual([connection.isIdle, told], [false, 0]);
      for (const socket of sockets) socket.write('0\r\n\r\n');
      await waitFor('the end to be seen', () => told === 1);
      assert.equal(connection.isIdle, true);
      assert.equal(closed(), 0);
    });

    it('in chunks with more behind their end: all of them are read, and the connection is not used again', async () => {
      const body = bodyOf(5000, 0);
      const { connection, closed } = await start((socket) =>
        socket.write(together(CHUNKED, chunk(body), '0\r\n\r\n', 'HTTP/1.1')),
      );
      await connection.request(REQUEST, { signal });
      const sink = sinkFor(body.length);
      assert.equal(await connection.readInto(sink, { signal }), 'filled');
      assert.ok(sink.bytes.equals(body));
      await waitFor('the connection to be closed or known as unfit', () => closed() === 1 || !connection.isIdle);
    });

    it('in broken chunks: refused, what came before is kept, and the connection is closed', async () => {
      const body = bodyOf(5000, 0);
      const { connection, closed } = await start((socket) => socket.write(together(CHUNKED, chunk(body), 'hello')));
      await connection.request(REQUEST, { signal });
      const sink = sinkFor(6000);
      assertCode(await rejection(connection.readInto(sink, { signal })), 'bad-response');
      assert.ok(sink.bytes.subarray(0, sink.position).equals(body));
      assert.equal(closed(), 1);
    });

    it('stay in the system while nobody reads them', async () => {
      for (const head of [CHUNKED, UNTIL_CLOSED]) {
        const body = bodyOf(65_536, 0);
        let sent = 0;
        const { connection } = await start(async (socket) => {
          socket.write(head);
          for (; sent < 300 && !socket.destroyed; sent++) {
            if (!socket.write(head === CHUNKED ? chunk(body) : body)) await drained(socket);
          }
        });
        await connection.request(REQUEST, { signal });
        assert.equal(await connection.readInto(sinkFor(1000), { signal }), 'filled');
        await untilHeldUp(() => sent);
        assert.ok(sent < 290, `the server could send ${sent} pieces`);
        const second = sinkFor(5000);
        assert.equal(await connection.readInto(second, { signal }), 'filled');
        assert.ok(second.bytes.equals(body.subarray(1000, 6000)));
        connection.destroy(new Error('done'));
      }
    });

    it('that stop, within data or between, fail in time; a slow sink has all the time', async () => {
      const body = bodyOf(100, 0);
      for (const sent of [
        together(CHUNKED, chunk(body)),
        together(CHUNKED, '64\r\nab'),
        together(UNTIL_CLOSED, body),
      ]) {
        const { connection, closed } = await start((socket) => socket.write(sent), 100);
        await connection.request(REQUEST, { signal });
        const sink = sinkFor(2000);
        let pauses = 0;
        const { ready } = sink;
        sink.filled = ((filled) => (count: number) => {
          filled.call(sink, count);
          return false;
        })(sink.filled);
        sink.ready = async (options) => {
          pauses++;
          await delay(400);
          await ready.call(sink, options);
        };
        assertCode(await rejection(connection.readInto(sink, { signal })), 'idle-timeout');
        assert.ok(pauses > 0);
        assert.equal(closed(), 1);
      }
    });

    it('aborted in the middle end at once, keep what came, and touch no memory afterwards', async () => {
      await forSeeds(10, async (random) => {
        const body = bodyOf(200_000, 0);
        const bytes = random.chance(0.5) ? together(CHUNKED, inChunks(body, random)) : together(UNTIL_CLOSED, body);
        const sent = bytes.subarray(0, random.between(100, bytes.length - 10));
        const { connection, closed } = await start((socket) => sendInPieces(socket, sent, random));
        await connection.request(REQUEST, { signal });
        const sink = new CheckedSink({ start: 0, length: 300_000 }, random, { slow: random.pick([0, 0.5]) });
        const abort = new AbortController();
        const reading = rejection(connection.readInto(sink, { signal: abort.signal }));
        await waitFor('some bytes', () => sink.position > 0);
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
  });
}
