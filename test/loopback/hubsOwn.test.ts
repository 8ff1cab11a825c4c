import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { OwnHub } from '../../src/contract/hub.ts';
import { Hubs } from '../../src/engine/hubs.ts';
import { parseAddress } from '../../src/engine/intake/address.ts';
import { loadHubs, saveHubs } from '../../src/engine/keptHubs.ts';
import { freePort } from '../support/freePort.ts';
import { useScope } from '../support/scope.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';
import { assertCode, rejection } from '../unit/engine/assertCode.ts';

describe('the own hub of an engine', () => {
  const scope = useScope();
  let folder: string;
  let hubs: Hubs;

  beforeEach(() => {
    folder = tempFolder(scope);
    const opened = new Hubs(null, { log: () => {}, onLetIn: () => {} });
    scope.defer(() => opened.close());
    hubs = opened;
  });

  function start(name: string, host = '127.0.0.1'): Promise<OwnHub> {
    return hubs.start({ host, port: 0, folder: join(folder, name) });
  }

  it('is one, also when two windows start one in the same moment', async () => {
    const [first, second] = await Promise.all([start('first'), start('second')]);
    assert.equal(await listens(first), false);
    assert.equal(await listens(second), true);
    const { own, joined } = hubs.snapshot();
    assert.equal(own?.folder, join(folder, 'second'));
    assert.deepEqual(
      joined.map(({ address }) => address),
      [second.address],
    );
    await hubs.close();
    assert.equal(await listens(second), false);
  });

  it('is not left behind by an engine that ends while it starts', async () => {
    const starting = start('late').catch(() => null);
    await hubs.close();
    const own = await starting;
    assert.equal(own !== null && (await listens(own)), false);
    assert.deepEqual(hubs.snapshot().joined, []);
  });

  it('keeps nobody waiting who wants to speak to an engine that starts it again, and can be ended meanwhile', async () => {
    const stateFolder = tempFolder(scope);
    const own = { host: '127.0.0.1', port: await freePort(), folder: join(folder, 'hub'), hasKey: false };
    await saveHubs(stateFolder, { name: 'somebody', own, joined: [], shared: [], uploads: [] });
    // It is watched for 12 s whether a hub on another machine that shares the folder is alive.
    mkdirSync(own.folder);
    const owner = { pid: 1, startTicks: null, place: 'elsewhere', nonce: 'of another machine' };
    writeFileSync(join(own.folder, 'engine.lock'), JSON.stringify(owner));
    const restored = new Hubs(stateFolder, { log: () => {}, onLetIn: () => {} });
    scope.defer(() => restored.close());
    await restored.restore();
    assert.equal(restored.snapshot().own?.state, 'failed');
    assert.equal(restored.isNeeded, true);
    await restored.stop();
    assert.equal(restored.snapshot().own, null);
    assert.equal(restored.isNeeded, false);
    assert.equal((await loadHubs(stateFolder))?.own, null);
  });

  it('gets what was on its way to it when it is started again with its key', async () => {
    const port = await freePort();
    const stateFolder = tempFolder(scope);
    const path = join(folder, 'shared.bin');
    writeFileSync(path, 'shared');
    const { size: sizeBytes, mtimeMs } = statSync(path);
    const hub = `127.0.0.1:${port}`;
    const key = 'a long enough key';
    await saveHubs(stateFolder, {
      name: 'somebody',
      own: { host: '127.0.0.1', port, folder: join(folder, 'hub'), hasKey: true },
      joined: [{ host: '127.0.0.1', port, needsKey: true }],
      shared: [],
      uploads: [{ hub, path, sizeBytes, modifiedMs: Math.floor(mtimeMs), createdAt: 0 }],
    });
    const restored = new Hubs(stateFolder, { log: () => {}, onLetIn: () => {} });
    scope.defer(() => restored.close());
    await restored.restore();
    const upload = () => restored.snapshot().uploads[0]?.status ?? assert.fail('there is no upload');
    await waitFor('the upload to wait', () => {
      const status = upload();
      return status.state === 'active' && status.waiting !== null;
    });
    await restored.start({ port, folder: join(folder, 'hub'), key });
    await waitFor('the upload to end', () => ['completed', 'failed'].includes(upload().state));
    assert.equal(upload().state, 'completed', JSON.stringify(upload()));
  });

  it('gives its files to a download that had begun to wait for it before it got its key', async () => {
    const port = await freePort();
    const key = 'a long enough key';
    const fid = randomUUID();
    const source = hubs.openSource(parseAddress(`hub://127.0.0.1:${port}/${fid}`));
    scope.defer(() => source.close());
    const { signal } = new AbortController();
    assertCode(await rejection(source.describe({ signal })), 'connection-refused');
    await hubs.start({ port, folder: join(folder, 'keyed'), key });
    // It is let in: there is no such file.
    assertCode(await rejection(source.describe({ signal })), 'hub-file-gone');
  });

  it('has an address that can be joined where it listens on IPv6', async function () {
    skipBecause(this, await whyNoIpv6());
    const own = await start('six', '::1');
    assert.match(own.address, /^\[::1\]:\d+$/);
    assert.deepEqual(own.addresses, [own.address]);
    await waitFor('the engine to be in its hub', () => hubs.snapshot().joined[0]?.state === 'joined');
    await hubs.leave(own.address);
    assert.deepEqual(await hubs.join({ address: own.address }), { address: own.address });
    assert.equal(hubs.snapshot().joined[0]?.own, true);
  });
});

async function listens({ address }: OwnHub): Promise<boolean> {
  const socket = connect(Number(/\d+$/.exec(address)?.[0]), '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function whyNoIpv6(): Promise<string | null> {
  const server = createServer().listen(0, '::1');
  try {
    await once(server, 'listening');
    return null;
  } catch {
    return 'this machine has no IPv6';
  } finally {
    server.close();
  }
}
