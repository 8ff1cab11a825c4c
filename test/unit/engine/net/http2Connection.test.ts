import assert from 'node:assert/strict';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { AddressBook } from '../../../../src/engine/net/addressBook.ts';
import { Http2Connection } from '../../../../src/engine/net/http2Connection.ts';
import { useScope } from '../../../support/scope.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { forSeeds, SeededRandom } from '../seededRandom.ts';
import { CheckedSink, readInRanges } from './checkedSink.ts';
import { type FramedAnswer, type FramedServer, startFramedServer } from './framedServer.ts';
import { directRoute, testTerms } from './routes.ts';
import { startScriptedServer } from './scriptedServer.ts';

const REQUEST = { url: new URL('https://127.0.0.1/f.bin?x=%zz'), headers: { range: 'bytes=0-', connection: 'close' } };

function bodyOf(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 17) & 0xff));
}

describe('Http2Connection', () => {
  const scope = useScope();
  const signal = new AbortController().signal;

  function open(port: number, idleMs = 8000): { connection: Http2Connection; closed: () => number } {
    const route = directRoute({ hostname: '127.0.0.1', port, tls: testTerms(scope) });
    let closed = 0;
    const timeouts = { connectMs: 8000, firstByteMs: 8000, idleMs };
    const connection = new Http2Connection({ route, addresses: new AddressBook(), timeouts }, () => closed++);
    scope.defer(() => connection.destroy(new Error('the test is over')));
    return { connection, closed: () => closed };
  }

  async function start(
    script: (answer: FramedAnswer) => unknown,
    idleMs?: number,
  ): Promise<{ connection: Http2Connection; closed: () => number; server: FramedServer }> {
    const server = await startFramedServer(scope, script);
    return { ...open(server.port, idleMs), server };
  }

  function sinkFor(length: number, slow = 0): CheckedSink {
    return new CheckedSink({ start: 0, length }, new SeededRandom(length + 1), { slow });
  }

  it('puts every byte in its place, whatever the frames, sinks and pauses, answer after answer', async () => {
    await forSeeds(15, async (random) => {
      const bodies = Array.from({ length: random.between(1, 4) }, () =>
        bodyOf(random.pick([0, 1, random.between(0, 300), random.between(0, 200_000)])),
      );
      const { connection, server } = await start(async (answer) => {
        const body = bodies[answer.number - 1] ?? Buffer.alloc(0);
        answer.head(random.chance(0.5) ? body.length : undefined);
        for (let at = 0; at < body.length; ) {
          const end = Math.min(body.length, at + random.between(1, random.pick([3000, 100_000])));
          answer.data(body.subarray(at, end));
          if (random.chance(0.5)) await nextTurn();
          at = end;
        }
        answer.data(Buffer.alloc(0), { end: true });
      });
      for (const body of bodies) {
        const head = await connection.request(REQUEST, { signal });
        assert.equal(head.status, 200);
        let told = 0;
        connection.whenBodyRead(() => told++);
        const sinks = await readInRanges(connection, body, random, { signal });
        assert.equal(await connection.readInto(sinkFor(1), { signal }), 'ended');
        assert.equal(told, 1);
        assert.equal(connection.isIdle, true);
        for (const sink of sinks) sink.check();
      }
      assert.equal(server.connections, 1);
      connection.destroy(new Error('done'));
    });
  });

  it('sees the end of a body whose last byte was read before', async () => {
    const answers: FramedAnswer[] = [];
    const { connection } = await start((answer) => {
      answers.push(answer);
      answer.head();
      answer.data(bodyOf(5000));
    });
    await connection.request(REQUEST, { signal });
    let told = 0;
    connection.whenBodyRead(() => told++);
    assert.equal(await connection.readInto(sinkFor(5000), { signal }), 'filled');
    assert.deepEqual([connection.isIdle, told], [false, 0]);
    for (const answer of answers) answer.data(Buffer.alloc(0), { end: true });
    await waitFor('the end to be seen', () => told === 1);
    assert.equal(connection.isIdle, true);
  });

  const breaks: [what: string, length: number | undefined, act: (answer: FramedAnswer) => void][] = [
    ['a stream that is reset (CANCEL)', undefined, (answer) => answer.reset(8)],
    ['a stream that is reset (INTERNAL_ERROR)', undefined, (answer) => answer.reset(2)],
    ['a stream that is reset without an error, before its length', 100_000, (answer) => answer.reset(0)],
    ['a stream that ends before its length', 100_000, (answer) => answer.data(bodyOf(1), { end: true })],
    ['a connection that is closed', undefined, (answer) => answer.hangUp('in good order')],
    ['a connection that is reset', undefined, (answer) => answer.hangUp('reset')],
  ];
  for (const [what, length, act] of breaks) {
    for (const slow of [0, 0.9]) {
      it(`never takes ${what} for a complete body (slow sink: ${slow})`, async () => {
        const body = bodyOf(48_000);
        const answers: FramedAnswer[] = [];
        const { connection, closed } = await start((answer) => {
          answers.push(answer);
          answer.head(length);
          answer.data(body);
        });
        await connection.request(REQUEST, { signal });
        const sink = sinkFor(200_000, slow);
        const reading = rejection(connection.readInto(sink, { signal }));
        await waitFor('some bytes', () => sink.position > 0);
        for (const answer of answers) act(answer);
        assert.ok((await reading) instanceof Error);
        await waitFor('the connection to be closed', () => closed() === 1);
        assert.equal(connection.isIdle, false);
        const whole = Buffer.concat([body, bodyOf(1)]);
        assert.ok(sink.bytes.subarray(0, sink.position).equals(whole.subarray(0, sink.position)));
      });
    }
  }

  it('lets the answer under way end after GOAWAY, and takes no other request', async () => {
    const body = bodyOf(30_000);
    const { connection } = await start((answer) => {
      answer.goAway();
      answer.head();
      answer.data(body, { end: true });
    });
    await connection.request(REQUEST, { signal });
    const sink = sinkFor(40_000);
    assert.equal(await connection.readInto(sink, { signal }), 'ended');
    assert.ok(sink.bytes.subarray(0, sink.position).equals(body));
    assert.equal(connection.isIdle, false);
  });

  it('holds the server up while nobody reads, at two windows of 2 MiB', async () => {
    const answers: FramedAnswer[] = [];
    const { connection, server } = await start((answer) => {
      answers.push(answer);
      answer.head();
      answer.data(bodyOf(1_000_000));
    });
    await connection.request(REQUEST, { signal });
    // Told at the beginning: how much more than the standard's 64 KiB may be under way on the connection.
    assert.equal(await connection.readInto(sinkFor(1000), { signal }), 'filled');
    for (let turns = 0; turns < 200; turns++) await nextTurn();
    assert.ok(server.windowBytes <= 4 * 1024 * 1024, `${server.windowBytes} bytes were let come`);
    const rest = sinkFor(999_000);
    assert.equal(await connection.readInto(rest, { signal }), 'filled');
    assert.ok(rest.bytes.equals(bodyOf(1_000_000).subarray(1000)));
    assert.equal(answers.length, 1);
  });

  it('does not hold a slow disk against the server, but a stall', async () => {
    const { connection, closed } = await start((answer) => {
      answer.head();
      answer.data(bodyOf(10));
    }, 100);
    await connection.request(REQUEST, { signal });
    const sink = sinkFor(20, 1);
    let pauses = 0;
    const { ready } = sink;
    sink.ready = async (options) => {
      pauses++;
      await delay(400);
      await ready.call(sink, options);
    };
    assertCode(await rejection(connection.readInto(sink, { signal })), 'idle-timeout');
    assert.ok(pauses > 0);
    assert.equal(sink.position, 10);
    assert.equal(closed(), 1);
  });

  it('ends at once when it is aborted: before, while it waits for the head, or in the middle of the body', async () => {
    const reason = new Error('enough');
    const { connection, server } = await start(() => {});
    assert.equal(await rejection(connection.request(REQUEST, { signal: AbortSignal.abort(reason) })), reason);
    const abort = new AbortController();
    const waiting = rejection(open(server.port).connection.request(REQUEST, { signal: abort.signal }));
    abort.abort(reason);
    assert.equal(await waiting, reason);
    const other = await start((answer) => {
      answer.head();
      answer.data(bodyOf(1000));
    });
    await other.connection.request(REQUEST, { signal });
    const later = new AbortController();
    const sink = sinkFor(5000);
    const reading = rejection(other.connection.readInto(sink, { signal: later.signal }));
    await waitFor('the first bytes', () => sink.position === 1000);
    later.abort(reason);
    assert.equal(await reading, reason);
    assert.equal(other.closed(), 1);
    sink.check();
  });

  it('passes on why a sink cannot take more', async () => {
    const { connection } = await start((answer) => {
      answer.head();
      answer.data(bodyOf(1000));
    });
    await connection.request(REQUEST, { signal });
    const sink = sinkFor(5000, 1);
    sink.ready = () => Promise.reject(new Error('no space left'));
    assert.match(String(await rejection(connection.readInto(sink, { signal }))), /no space left/);
  });

  it('fails where HTTP/2 is not spoken (any more)', async () => {
    const server = await startScriptedServer(scope, 'tls', () => {});
    assertCode(await rejection(open(server.port).connection.request(REQUEST, { signal })), 'tls-failed');
  });
});
