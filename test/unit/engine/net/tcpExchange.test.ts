import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { exchange } from '../../../../src/engine/net/tcpExchange.ts';
import { freePort } from '../../../support/freePort.ts';
import { useScope } from '../../../support/scope.ts';
import { listenOnLoopback } from '../../../support/servers/listenOnLoopback.ts';
import { assertCode, rejection } from '../assertCode.ts';

describe('exchange', () => {
  const scope = useScope();
  const never = new AbortController().signal;

  async function serve(onConnection: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      onConnection(socket);
    });
    return listenOnLoopback(server, scope, sockets);
  }

  const to = (port: number, more: Partial<Parameters<typeof exchange>[0]> = {}) => ({
    hostname: '127.0.0.1',
    port,
    request: 'ask',
    maxBytes: 100,
    connectMs: 200,
    answerMs: 200,
    halfClose: false,
    mayBeAll: () => false,
    ...more,
  });

  it('gives everything that comes until the other side closes', async () => {
    const port = await serve((socket) => socket.on('data', (data) => socket.end(`you said ${data}`)));
    assert.equal((await exchange(to(port), { signal: never })).toString(), 'you said ask');
  });

  it('says that nothing more comes only when it is told to', async () => {
    const port = await serve((socket) => {
      socket.resume();
      socket.on('end', () => socket.end('ended'));
    });
    assert.equal((await exchange(to(port, { halfClose: true }), { signal: never })).toString(), 'ended');
    assertCode(await rejection(exchange(to(port), { signal: never })), 'first-byte-timeout');
  });

  it('cuts an answer off behind one byte more than is wanted', async () => {
    const port = await serve((socket) => socket.on('data', () => socket.write(Buffer.alloc(1_000_000, 'x'))));
    assert.equal((await exchange(to(port), { signal: never })).length, 101);
  });

  it('takes what may be the whole answer though the connection is reset behind it, and nothing less', async () => {
    const port = await serve((socket) => {
      socket.once('data', () => socket.write('12345', () => socket.resetAndDestroy()));
    });
    for (let turn = 0; turn < 20; turn++) {
      const of = (length: number) => to(port, { mayBeAll: (answer) => answer.length === length });
      assert.equal((await exchange(of(5), { signal: never })).toString(), '12345');
      assertCode(await rejection(exchange(of(6), { signal: never })), 'connection-lost');
    }
  });

  it('tells who waits behind the answer that nothing more is coming', async () => {
    const port = await serve((socket) => {
      socket.once('data', () => socket.write('12345'));
      socket.on('end', () => socket.end());
    });
    const mayBeAll = (answer: Buffer): boolean => answer.length === 5;
    assert.equal((await exchange(to(port, { mayBeAll }), { signal: never })).toString(), '12345');
  });

  it('tells what went wrong', async () => {
    const reset = await serve((socket) => socket.on('data', () => socket.resetAndDestroy()));
    const halt = await serve((socket) => socket.on('data', () => socket.write('some')));
    assertCode(await rejection(exchange(to(await freePort()), { signal: never })), 'connection-refused');
    assertCode(await rejection(exchange(to(reset), { signal: never })), 'connection-lost');
    assertCode(await rejection(exchange(to(halt), { signal: never })), 'idle-timeout');
    const reason = new Error('stop');
    assert.equal(await rejection(exchange(to(halt), { signal: AbortSignal.abort(reason) })), reason);
    const abort = new AbortController();
    const pending = rejection(exchange(to(halt), { signal: abort.signal }));
    abort.abort(reason);
    assert.equal(await pending, reason);
  });
});
