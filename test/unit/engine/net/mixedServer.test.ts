import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type HttpExchange, MixedServer } from '../../../../src/engine/net/mixedServer.ts';
import { deferred } from '../../../../src/kit/deferred.ts';
import { useScope } from '../../../support/scope.ts';
import { waitFor } from '../../../support/waitFor.ts';

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** What listens closes quiet connections on its own time: one that is closed is the clock by which others must live on. */
describe('MixedServer', () => {
  const scope = useScope();

  async function open(
    limits: { askMs: number; deadMs: number; stallMs?: number; maxConnections?: number },
    onHttp: (path: string, response: ServerResponse, exchange: HttpExchange) => void,
  ): Promise<() => Promise<{ socket: Socket; received: () => string; closed: Promise<unknown> }>> {
    const server = await MixedServer.open(
      {
        host: '127.0.0.1',
        port: 0,
        maxConnections: 10,
        stallMs: 60_000,
        silenceMs: 50,
        maxHeaderBytes: 8192,
        ...limits,
      },
      {
        newReader: () => ({ push: () => null, finish: () => 'nothing' }),
        answer: async () => '',
        onHttp: (request, response, exchange) => onHttp(request.url ?? '', response, exchange),
      },
    );
    scope.defer(() => server.close());
    return async () => {
      const socket = connect(server.port, '127.0.0.1');
      scope.defer(() => socket.destroy());
      socket.on('error', () => {});
      let text = '';
      socket.on('data', (bytes) => (text += String(bytes)));
      await once(socket, 'connect');
      return { socket, received: () => text, closed: once(socket, 'close') };
    };
  }

  it('gives the second of two requests the time of an answer, not of somebody who asks', async () => {
    const second = deferred<ServerResponse>();
    const dial = await open({ askMs: 100, deadMs: 60_000 }, (path, response) => {
      if (path === '/1') response.end('first');
      else second.resolve(response);
    });
    const { socket, received, closed } = await dial();
    socket.write(GET('/1') + GET('/2'));
    const response = await second.promise;
    await (await dial()).closed;
    await (await dial()).closed;
    response.end('second');
    await closed;
    assert.match(received(), /first.*second$/s);
  });

  it('does not take for a stall what it has to wait for itself', async () => {
    const held = deferred<string>();
    const asked = deferred<void>();
    const dial = await open({ askMs: 60_000, deadMs: 100 }, (path, response, { connection }) => {
      if (path !== '/held') return;
      void connection.hold(held.promise).then((text) => response.end(text));
      asked.resolve();
    });
    const { socket, received } = await dial();
    socket.write(GET('/held'));
    await asked.promise;
    for (const _ of [1, 2]) {
      const stalled = await dial();
      stalled.socket.write(GET('/stalled'));
      await stalled.closed;
    }
    held.resolve('at last');
    await once(socket, 'data');
    assert.match(received(), /at last$/);
  });

  it('gives the place of whoever has taken nothing for longest to somebody new, when it is full', async () => {
    const asked = [deferred<void>(), deferred<void>()];
    const limits = { askMs: 60_000, stallMs: 100, deadMs: 60_000, maxConnections: 2 };
    const dial = await open(limits, (path, response) => {
      if (path === '/new') response.end('welcome');
      else asked[Number(path.slice(1))]?.resolve();
    });
    const [first, second] = [await dial(), await dial()];
    first.socket.write(GET('/0'));
    await asked[0]?.promise;
    second.socket.write(GET('/1'));
    await asked[1]?.promise;
    const isIn = async (): Promise<boolean> => {
      const { socket, received, closed } = await dial();
      socket.write(GET('/new'));
      await Promise.race([once(socket, 'data'), closed]);
      return received().includes('welcome');
    };
    await waitFor('a place', isIn);
    await first.closed;
    assert.equal(second.socket.closed, false);
  });

  it('lives on when somebody asks for a tunnel and goes away', async () => {
    const dial = await open({ askMs: 60_000, deadMs: 60_000 }, (_, response) => void response.end('here'));
    for (let n = 0; n < 20; n++) {
      const { socket, closed } = await dial();
      socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n');
      socket.resetAndDestroy();
      await closed;
    }
    const { socket, received } = await dial();
    socket.write(GET('/'));
    await once(socket, 'data');
    assert.match(received(), /here$/);
  });

  it('tells an answer that is being worked on that its client has gone', async () => {
    const gone = deferred<AbortSignal>();
    const dial = await open({ askMs: 60_000, deadMs: 60_000 }, (_, __, exchange) => gone.resolve(exchange.gone));
    const { socket } = await dial();
    socket.write(GET('/'));
    const signal = await gone.promise;
    assert.equal(signal.aborted, false);
    socket.resetAndDestroy();
    await once(signal, 'abort');
  });
});
