import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import {
  createMessageConnection,
  type MessageConnection,
  ResponseError,
  SocketMessageReader,
  SocketMessageWriter,
} from 'vscode-jsonrpc/node';
import { RpcClient, type RpcFailure } from '../../../src/kit/rpcClient.ts';

interface Shape {
  params: { add: { a: number; b: number }; ping: undefined | object; refuse: object; hang: object };
  results: { add: number; ping: string; refuse: null; hang: null };
  events: { tick: { count: number } };
}

class Failed extends Error {
  readonly failure: RpcFailure;
  constructor(failure: RpcFailure) {
    super(failure.kind);
    this.failure = failure;
  }
}

function overSocket(socket: Socket): MessageConnection {
  return createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
}

describe('RpcClient', () => {
  let client: RpcClient<Shape>;
  let server: MessageConnection;
  let serverSocket: Socket;

  beforeEach(async () => {
    // Real sockets: how an end arrives at the other side is what half of these tests are about.
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const here = connect((listener.address() as AddressInfo).port, '127.0.0.1');
    [serverSocket] = (await once(listener, 'connection')) as [Socket];
    listener.close();
    server = overSocket(serverSocket);
    server.onRequest('add', (params: { a: number; b: number }) => params.a + params.b);
    server.onRequest('ping', () => 'pong');
    server.onRequest('refuse', () => new ResponseError(-31000, 'no', { code: 'a-code' }));
    server.listen();
    client = new RpcClient<Shape>(overSocket(here), {
      deadlineMs: 5000,
      toError: (failure) => new Failed(failure),
    });
  });

  afterEach(() => {
    client.dispose();
    server.dispose();
  });

  const failureOf = async (promise: Promise<unknown>): Promise<RpcFailure> => {
    const error = await promise.then(
      () => assert.fail('it should have failed'),
      (error: unknown) => error,
    );
    assert.ok(error instanceof Failed, String(error));
    return error.failure;
  };

  it('gives parameters by name and returns the result', async () => {
    assert.equal(await client.request('add', { a: 2, b: 3 }), 5);
  });

  it('sends a request without parameters', async () => {
    assert.equal(await client.request('ping', undefined), 'pong');
  });

  it('hands over what the peer attached to a refusal', async () => {
    const failure = await failureOf(client.request('refuse', {}));
    assert.deepEqual(failure, { kind: 'refused', method: 'refuse', message: 'no', data: { code: 'a-code' } });
  });

  it('reports a method that the peer does not know as refused', async () => {
    const failure = await failureOf(client.request('hang', {}));
    assert.equal(failure.kind, 'refused');
  });

  it('fails at the deadline and tells the peer to stop', async () => {
    const cancelled = new Promise<void>((resolve) => {
      server.onRequest('hang', (_params: object, token) => {
        return new Promise(() => token.onCancellationRequested(() => resolve()));
      });
    });
    const failure = await failureOf(client.request('hang', {}, { deadlineMs: 20 }));
    assert.deepEqual(failure, { kind: 'timeout', method: 'hang', deadlineMs: 20 });
    await cancelled;
    assert.equal(await client.request('add', { a: 1, b: 1 }), 2, 'the connection lives on');
  });

  it('fails everything pending when the peer goes away, fires once, and refuses what comes later', async () => {
    let closes = 0;
    const closed = new Promise<void>((resolve) => {
      client.onDidClose(() => {
        closes++;
        resolve();
      });
    });
    server.onRequest('hang', () => {
      serverSocket.destroy();
      return new Promise(() => {});
    });
    const pending = [client.request('hang', {}), client.request('hang', {})];
    for (const failure of await Promise.all(pending.map(failureOf))) assert.equal(failure.kind, 'closed');
    await closed;
    assert.equal(client.isOpen, false);
    assert.equal((await failureOf(client.request('ping', {}))).kind, 'closed');
    assert.equal(closes, 1);
  });

  it('fails everything pending on dispose, without a close event', async () => {
    server.onRequest('hang', () => new Promise(() => {}));
    client.onDidClose(() => assert.fail('closed by ourselves'));
    const pending = failureOf(client.request('hang', {}));
    client.dispose();
    assert.equal((await pending).kind, 'closed');
  });

  it('ends the connection when the peer sends what is not JSON-RPC', async () => {
    const closed = new Promise<void>((resolve) => {
      client.onDidClose(resolve);
    });
    serverSocket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    await closed;
  });

  it('delivers events with their payload', async () => {
    const payload = new Promise((resolve) => {
      client.on('tick', resolve);
    });
    await server.sendNotification('tick', { count: 3 });
    assert.deepEqual(await payload, { count: 3 });
  });
});
