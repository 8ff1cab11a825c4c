import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Content } from '../support/content.ts';
import { useScope } from '../support/scope.ts';
import { openSharing } from '../support/seeds/openSharing.ts';
import { rawAsk } from '../support/seeds/rawAsk.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

const MIB = 1 << 20;

function get(path: string, ...more: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: localhost', ...more, '', ''].join('\r\n');
}

/** Descriptors of this process that stand for the file. */
function openHandlesOf(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  }).length;
}

describe('many HTTP requests on one connection to our seed', () => {
  const scope = useScope();

  function dial(port: number): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    scope.defer(() => socket.destroy());
    socket.on('error', () => {});
    return once(socket, 'connect').then(() => socket);
  }

  it('are answered in their order, however they are cut, and no more after the one that closes', async () => {
    const folder = tempFolder(scope);
    const content = new Content(3 * MIB);
    writeFileSync(join(folder, 'big'), content.slice(0, content.sizeBytes));
    for (const name of ['a', 'b']) writeFileSync(join(folder, name), name);
    const { port } = await openSharing(scope, [folder]);
    const all = [
      get('/files/a').repeat(300),
      '\r\n\r\n',
      get('/files/big'),
      get('/nothing'),
      get('/files/b', 'Connection: close'),
      get('/files/a').repeat(20),
    ].join('');
    for (const parts of [[all], all.match(/.{1,7001}/gs) ?? []]) {
      const answer = await rawAsk(port, parts);
      const text = answer.toString('latin1');
      assert.deepEqual(
        text.match(/HTTP\/1\.1 \d+/g)?.map((line) => line.slice(-3)),
        [...Array<string>(301).fill('200'), '404', '200'],
      );
      assert.ok(answer.includes(content.slice(0, content.sizeBytes)));
      assert.ok(text.endsWith('\r\n\r\nb'));
    }
  });

  it('open one file at a time, and none when the client has gone', async function () {
    if (process.platform !== 'linux') this.skip();
    const folder = tempFolder(scope);
    const path = join(folder, 'f');
    const content = new Content(16 * MIB);
    writeFileSync(path, content.slice(0, content.sizeBytes));
    const { origin, port } = await openSharing(scope, [folder]);
    const sockets = await Promise.all(Array.from({ length: 30 }, () => dial(port)));
    for (const socket of sockets) socket.pause().write(get('/files/f').repeat(1000));
    await waitFor('all to be answered', () => openHandlesOf(path) >= 30);
    await (await fetch(`${origin}/files`)).text();
    // One more, for its digest.
    assert.ok(openHandlesOf(path) <= 31);
    for (const socket of sockets) socket.destroy();
    await waitFor('all to be given up', () => openHandlesOf(path) === 0);
  });

  it('are answered to somebody who has said all he wanted to', async () => {
    const folder = tempFolder(scope);
    const content = new Content(3 * MIB);
    writeFileSync(join(folder, 'f'), content.slice(0, content.sizeBytes));
    const { port } = await openSharing(scope, [folder]);
    for (const request of [get('/files/f'), get('/files/f').repeat(3)]) {
      const answer = await rawAsk(port, [request], { halfClose: true });
      assert.equal(answer.toString('latin1').match(/HTTP\/1\.1 200/g)?.length, request.match(/GET/g)?.length);
      assert.ok(answer.subarray(-content.sizeBytes).equals(content.slice(0, content.sizeBytes)));
    }
    assert.match((await rawAsk(port, ['GET /files'], { halfClose: true })).toString(), /^HTTP\/1\.1 400/);
  });
});
