import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { CODED_ERROR, PROTOCOL_VERSION } from '../../src/contract/engineApi.ts';
import { assertPlainError, refusal } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import type { EngineProcess } from '../support/engineProcess.ts';
import { startEngineProcess } from '../support/engineProcess.ts';
import { Scope, useScope } from '../support/scope.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

const MIB = 1 << 20;

/** Framed as in the Language Server Protocol. */
function frame(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

describe("the engine's socket", () => {
  // One engine for all of them: that it lives through everything is the point.
  const all = new Scope();
  const scope = useScope();
  let engine: EngineProcess;
  before(async () => {
    engine = await startEngineProcess(all, { stateFolder: join(tempFolder(all), 'state') });
  });
  after(() => all.close());

  const hello = (): string => {
    const params = { protocolVersion: PROTOCOL_VERSION, secret: engine.rendezvous.secret, client: 'test' };
    return frame({ jsonrpc: '2.0', id: 'hello', method: 'hello', params });
  };

  /** A socket and what came over it. */
  async function talk(
    ...texts: readonly (string | Buffer)[]
  ): Promise<{ socket: Socket; heard: () => string; closed: () => boolean }> {
    const socket = await engine.socket();
    let heard = '';
    let closed = false;
    socket.on('data', (piece) => {
      heard += piece.toString();
    });
    socket.on('close', () => {
      closed = true;
    });
    for (const text of texts) if (!socket.destroyed) socket.write(text);
    return { socket, heard: () => heard, closed: () => closed };
  }

  async function assertLives(): Promise<void> {
    assert.equal(engine.child.exitCode, null);
    const client = await engine.client();
    assert.ok(Array.isArray((await client.request('list', {})).tasks));
    client.disconnect();
  }

  it('is for its owner only', () => {
    assert.equal(statSync(engine.stateFolder).mode & 0o777, 0o700);
    assert.equal(statSync(join(engine.stateFolder, 'engine.json')).mode & 0o777, 0o600);
  });

  it('answers hello with its versions', async () => {
    const client = await engine.client();
    const answer = await client.rpc.request('hello', {
      protocolVersion: PROTOCOL_VERSION,
      secret: engine.rendezvous.secret,
      client: 'again',
    });
    assert.deepEqual(
      [answer.protocolVersion, answer.pid, answer.engineVersion],
      [PROTOCOL_VERSION, engine.child.pid, engine.rendezvous.engineVersion],
    );
  });

  const endings: readonly (readonly [string, () => readonly (string | Buffer)[]])[] = [
    ['bytes that are no message', () => [Buffer.alloc(100_000, 0xfe)]],
    ['a browser', () => ['GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n']],
    ['no JSON', () => [frame('{"jsonrpc": "2.0", nonsense')]],
    ['no JSON after hello', () => [hello(), frame('][')]],
    ['JSON that is no request', () => ['null', '7', '"text"', '[]', '{}', '[1,[2]]'].map((text) => frame(text))],
    ['a wrong length', () => ['Content-Length: twelve\r\n\r\n{"jsonrpc":"2"}']],
    ['a negative length', () => ['Content-Length: -5\r\n\r\n{}']],
    ['an enormous length', () => ['Content-Length: 99999999999\r\n\r\n{}']],
    ['a head that never ends', () => Array.from({ length: 40 }, () => `X: ${'y'.repeat(65_536)}`)],
    ['nesting a hundred thousand deep', () => [hello(), frame('['.repeat(100_000) + ']'.repeat(100_000))]],
    [
      '10 MB before hello',
      () => [frame({ jsonrpc: '2.0', id: 1, method: 'add', params: { text: 'x'.repeat(10 * MIB) } })],
    ],
    [
      '10 MB after hello',
      () => [
        hello(),
        frame({ jsonrpc: '2.0', id: 1, method: 'add', params: { address: 'x'.repeat(10 * MIB), folder: '/' } }),
      ],
    ],
    [
      'a request with its own prototype',
      () => [hello(), frame('{"jsonrpc":"2.0","id":1,"method":"__proto__","params":{"__proto__":{"x":1}}}')],
    ],
    ['notifications nobody knows', () => [hello(), frame({ jsonrpc: '2.0', method: 'unheardOf', params: {} })]],
    ['an answer nobody asked for', () => [hello(), frame({ jsonrpc: '2.0', id: 4711, result: {} })]],
  ];
  for (const [what, texts] of endings) {
    it(`${what}: at worst that connection ends, the others are served`, async () => {
      const { socket } = await talk(...texts());
      await assertLives();
      socket.destroy();
      await assertLives();
    });
  }

  it('a client that leaves in the middle of a message does no harm', async () => {
    const { socket } = await talk(hello(), frame({ jsonrpc: '2.0', id: 1, method: 'list' }).slice(0, -10));
    socket.destroy();
    await once(socket, 'close');
    await assertLives();
  });

  it('before hello every other request is refused with not-authenticated', async () => {
    const { heard } = await talk(frame({ jsonrpc: '2.0', id: 1, method: 'list', params: {} }));
    await waitFor('an answer', () => heard().includes('\r\n\r\n'));
    assert.match(heard(), new RegExp(`"code":${CODED_ERROR}\\b`));
    assert.match(heard(), /"not-authenticated"/);
    assert.doesNotMatch(heard(), /"tasks"/);
    await assertLives();
  });

  for (const [what, secret] of [
    ['a wrong secret', 'wrong'],
    ['an empty one', ''],
  ] as const) {
    it(`${what} is refused, and opens nothing afterwards`, async () => {
      const params = { protocolVersion: PROTOCOL_VERSION, secret, client: 'stranger' };
      const { heard, closed } = await talk(
        frame({ jsonrpc: '2.0', id: 1, method: 'hello', params }),
        frame({ jsonrpc: '2.0', id: 2, method: 'list', params: {} }),
      );
      await waitFor('a refusal', () => heard().includes('not-authenticated') || closed());
      assert.doesNotMatch(heard(), /"tasks"|engineVersion/);
      await assertLives();
    });
  }

  it('a client of another version is told which one runs, so that it can ask that one to leave', async () => {
    const client = await engine.client();
    const params = { protocolVersion: PROTOCOL_VERSION + 1, secret: engine.rendezvous.secret, client: 'newer' };
    const answer = await client.rpc.request('hello', params);
    assert.deepEqual(
      [answer.protocolVersion, answer.engineVersion],
      [PROTOCOL_VERSION, engine.rendezvous.engineVersion],
    );
  });

  it('unknown requests and wrong parameters are refused with bad-message, and the connection goes on', async () => {
    const client = await engine.client();
    const wrong: readonly (readonly [string, unknown])[] = [
      ['format', {}],
      ['constructor', {}],
      ['toString', {}],
      ['add', {}],
      ['add', { address: 7, folder: '/tmp' }],
      ['add', { address: `http://127.0.0.1/${'x'.repeat(70_000)}`, folder: '/tmp' }],
      ['add', { address: 'http://127.0.0.1/f', folder: '' }],
      ['add', { address: 'http://127.0.0.1/f', folder: '/tmp', exists: 'destroy' }],
      ['add', ['http://127.0.0.1/f', '/tmp']],
      ['pause', { id: 7 }],
      ['pause', {}],
      ['move', { id: 'x', direction: 'sideways' }],
      ['configure', { parallelTasks: 0 }],
      ['configure', { parallelTasks: 1e9, lanesPerTask: 1, limitBytesPerSecond: 0, userAgent: '', logLevel: 'info' }],
      ['network', { proxySupport: 'maybe' }],
    ];
    for (const [method, params] of wrong) {
      const request = client.rpc.request(method as 'list', params as object);
      assertPlainError(await refusal(request), 'bad-message');
    }
    assert.deepEqual((await client.request('list', {})).tasks, []);
  });

  it('a relative folder is refused, since it means nothing to another process', async () => {
    const client = await engine.client();
    const error = await refusal(client.request('add', { address: 'http://127.0.0.1:9/f.bin', folder: 'downloads' }));
    assert.ok(error.code === 'bad-message' || error.code === 'bad-option', error.code);
  });

  it('two clients see the same downloads, and chunk events only when they asked for them', async () => {
    const content = new Content(2 * MIB);
    const server = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const [one, two] = [await engine.client(), await engine.client()];
    const chunks: { client: number; event: string; index: number }[] = [];
    for (const [client, { rpc }] of [one, two].entries()) {
      for (const event of ['download_chunk_started', 'download_chunk_complete'] as const) {
        rpc.on(event, (payload) => chunks.push({ client, event, index: payload.chunk_index }));
      }
    }
    await two.rpc.request('subscribeChunks', { enabled: true });
    const id = await one.add(`${server.origin}/f.bin`);
    await two.completed(id);
    await one.completed(id);
    await waitFor(
      'every chunk to complete',
      () =>
        new Set(chunks.filter(({ event }) => event === 'download_chunk_complete').map(({ index }) => index)).size === 4,
    );
    assert.ok(chunks.every(({ client }) => client === 1));
    await one.request('remove', { id });
    await two.removed(id);
  });
});
