import assert from 'node:assert/strict';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Content } from '../support/content.ts';
import { useScope } from '../support/scope.ts';
import { type OpenSharing, openSharing } from '../support/seeds/openSharing.ts';
import { rawAsk } from '../support/seeds/rawAsk.ts';
import { tempFolder } from '../support/tempFolder.ts';

describe('our seed among strangers', () => {
  const scope = useScope();
  const content = new Content(100);

  async function open(): Promise<OpenSharing> {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'f'), content.slice(0, 100));
    symlinkSync('/etc/passwd', join(folder, 'leak'));
    return openSharing(scope, [folder]);
  }

  async function assertServes({ origin, port }: OpenSharing): Promise<void> {
    const response = await fetch(`${origin}/files/f`);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), content.slice(0, 100));
    assert.deepEqual(await rawAsk(port, ['DOWNLOAD f|64'], { halfClose: true }), content.slice(64, 96));
  }

  function dial({ port }: OpenSharing): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    scope.defer(() => socket.destroy());
    socket.on('error', () => {});
    return once(socket, 'connect').then(() => socket);
  }

  it('takes a request with any ending, in any parts, and never sends more than 32 bytes', async () => {
    const { port } = await open();
    const piece = content.slice(32, 64);
    for (const parts of [
      ['DOWNLOAD f|32'],
      ['DOWNLOAD f|32\n'],
      ['DOWNLOAD f|32\r\n'],
      ['DOWNLOAD f|32\r'],
      ['DOWN', 'LOAD f', '|3', '2\n', 'LIST\n'],
      ['D', 'OWNLOAD f|32\r', '\n'],
      ['DOWNLOAD f|', '32'],
    ])
      assert.deepEqual(await askInTime(port, parts), piece, JSON.stringify(parts));
    for (const [offset, length] of [
      [0, 32],
      [68, 32],
      [69, 31],
      [99, 1],
      [100, 0],
      [101, 0],
      [Number.MAX_SAFE_INTEGER, 0],
      ['99999999999999999999', 0],
    ] as const)
      assert.equal((await rawAsk(port, [`DOWNLOAD f|${offset}\n`])).length, length, `at ${offset}`);
  });

  it('answers whatever is wrong with an error text', async () => {
    const { port } = await open();
    const wrong = [
      'HELLO',
      'list',
      'LIST ',
      'LIST all',
      'FILESIZE',
      'FILESIZE ',
      'FILESIZE F',
      'FILESIZE f ',
      'FILESIZE  f',
      'FILESIZE ../secret',
      'FILESIZE ./f',
      'FILESIZE /etc/passwd',
      'FILESIZE leak',
      'FILESIZE f\0',
      'FILESIZE f\0.txt',
      `FILESIZE ${'a'.repeat(4000)}`,
      'DOWNLOAD f',
      'DOWNLOAD f|',
      'DOWNLOAD f|-1',
      'DOWNLOAD f|1.5',
      'DOWNLOAD f|0x10',
      'DOWNLOAD |0',
      'DOWNLOAD ../f|0',
      'DOWNLOAD leak|0',
      'DOWNLOAD f|0|',
      'GE',
      'GETFILE f',
      'PRI * HTTP/2.0',
      '\0\0\0\0',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'a'.repeat(5000),
    ];
    for (const request of wrong) {
      const reply = await rawAsk(port, [Buffer.from(request, 'latin1')], { halfClose: true });
      assert.match(reply.toString(), /^ERROR:/, JSON.stringify(request.slice(0, 40)));
    }
  });

  it('speaks no classic form off loopback', async () => {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'f'), 'x');
    const { port } = await openSharing(scope, [folder], { host: '0.0.0.0', key: 'k' });
    for (const request of ['LIST', 'FILESIZE f', 'DOWNLOAD f|0'])
      assert.match((await rawAsk(port, [request], { halfClose: true })).toString(), /^ERROR:/);
  });

  it('lives through a megabyte of request line, in both forms', async () => {
    const seed = await open();
    const long = 'a'.repeat(1 << 20);
    assert.match((await rawAsk(seed.port, [`DOWNLOAD ${long}`]).catch(() => 'ERROR: reset')).toString(), /^ERROR:/);
    const reply = await rawAsk(seed.port, [`GET /${long} HTTP/1.1\r\n\r\n`]).catch(() => 'HTTP/1.1 431 reset');
    assert.match(reply.toString(), /^HTTP\/1\.1 431/);
    await assertServes(seed);
  });

  it('serves others while hundreds of connections say nothing, or a little at a time', async () => {
    const seed = await open();
    const idle = await Promise.all(Array.from({ length: 400 }, () => dial(seed)));
    await assertServes(seed);
    for (const [index, socket] of idle.entries()) socket.write(index % 2 === 0 ? 'GET /files HTTP/1.1\r\nX-A: ' : 'D');
    await assertServes(seed);
    // More than it takes: the oldest have to go.
    await Promise.all(Array.from({ length: 400 }, () => dial(seed)));
    await assertServes(seed);
  });

  it('serves 500 at once', async () => {
    const seed = await open();
    const replies = await Promise.all(
      Array.from({ length: 500 }, (_, at) =>
        at % 2 === 0
          ? rawAsk(seed.port, ['DOWNLOAD f|0'], { halfClose: true })
          : rawAsk(seed.port, [
              'GET /files/f HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nRange: bytes=0-31\r\n\r\n',
            ]),
      ),
    );
    for (const reply of replies) assert.deepEqual(reply.subarray(-32), content.slice(0, 32));
  });

  it('takes ten thousand connections one after another, and none is left', async () => {
    const seed = await open();
    for (let turn = 0; turn < 2000; turn++)
      await Promise.all([0, 1, 2, 3, 4].map(() => rawAsk(seed.port, ['DOWNLOAD f|96'], { halfClose: true })));
    await assertServes(seed);
    const { peers, bytesServed } = await seed.sharing.snapshot();
    assert.equal(bytesServed, 10_000 * 4 + 100 + 32);
    // Of `fetch`, which keeps its connection for a while.
    assert.ok((peers[0]?.connections ?? 0) <= 1);
  });

  it('ends at once, whoever is connected', async () => {
    const seed = await open();
    const sockets = await Promise.all(Array.from({ length: 20 }, () => dial(seed)));
    const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    await seed.sharing.close();
    await closed;
    await assert.rejects(rawAsk(seed.port, ['LIST']), { code: 'ECONNREFUSED' });
  });
});

/** 50 ms of silence end a request (PROTOCOLS 1): what a busy machine has sent too late is asked once more. */
async function askInTime(port: number, parts: readonly string[]): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    const began = performance.now();
    const answer = await rawAsk(port, parts, { pauseMs: 5 });
    if (performance.now() - began < 40 || attempt === 20) return answer;
    if (!answer.toString('latin1').startsWith('ERROR:')) return answer;
  }
}
