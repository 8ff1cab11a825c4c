import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineEvents } from '../../src/contract/engineApi.ts';
import { DEFAULT_IPFS } from '../../src/contract/settings.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { startEngineProcess } from '../support/engineProcess.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

const MIB = 1 << 20;

describe('IPFS in the engine', () => {
  const scope = useScope();

  function source(content: Content): string {
    const path = join(tempFolder(scope), 'shared.bin');
    writeFileSync(path, content.slice(0, content.sizeBytes));
    return path;
  }

  it('goes on offering after kill -9 and a restart, under the same id; nothing of it runs before it is wanted', async () => {
    const content = new Content(3 * MIB);
    const stateFolder = join(tempFolder(scope), 'state');
    const first = await startEngineProcess(scope, { stateFolder });
    const client = await first.client();
    const before = await client.request('ipfs', {});
    assert.deepEqual([before.state, before.addresses, before.files], ['off', [], []]);
    const { cid } = await client.request('shareOnIpfs', { path: source(content) });
    const shared = await client.request('ipfs', {});
    assert.deepEqual([shared.state, shared.files.map((file) => file.cid)], ['serving', [cid]]);
    assert.ok(shared.addresses.every((address) => address.startsWith('/ip4/127.0.0.1/')));
    await first.kill();
    const second = await startEngineProcess(scope, { stateFolder });
    const again = await second.client();
    const served = await waitFor('it to serve again', async () => {
      const state = await again.request('ipfs', {});
      return state.state === 'serving' ? state : undefined;
    });
    assert.equal(served.peerId, shared.peerId);
    const other = await startInProcessEngine(scope, {
      settings: { ipfs: { ...DEFAULT_IPFS, peers: [...served.addresses] } },
    });
    await assertDownloaded(await other.completed(await other.add(`ipfs://${cid}`)), content);
    await again.request('stopIpfs', {});
    assert.equal((await again.request('ipfs', {})).state, 'off');
  });

  it('takes a file for which it is to look for a checksum file: beside a CID there is none', async () => {
    const content = new Content(3 * MIB);
    const first = await startInProcessEngine(scope);
    const { cid } = await first.request('shareOnIpfs', { path: source(content) });
    const { addresses } = await first.request('ipfs', {});
    const other = await startInProcessEngine(scope, {
      settings: { findChecksums: true, ipfs: { ...DEFAULT_IPFS, peers: [...addresses] } },
    });
    await assertDownloaded(await other.completed(await other.add(`ipfs://${cid}`)), content);
  });

  it('tells what becomes of a share: progress, then the file, then that the DHT knows it', async () => {
    const stateFolder = join(tempFolder(scope), 'state');
    const engine = await startEngineProcess(scope, { stateFolder });
    const client = await engine.client();
    const told: EngineEvents['ipfs'][] = [];
    client.rpc.on('ipfs', (state) => told.push(state));
    const { cid } = await client.request('shareOnIpfs', { path: source(new Content(40 * MIB)) });
    const { addresses } = await client.request('ipfs', {});
    const peer = await startInProcessEngine(scope, {
      settings: { ipfs: { ...DEFAULT_IPFS, bootstrap: [...addresses] } },
    });
    await peer.request('startIpfs', {});
    await waitFor('the DHT to know it', async () => (await client.request('ipfs', {})).files[0]?.provided === true);
    await client.request('unshareOnIpfs', { cid });
    await waitFor('it to be told', () => told.at(-1)?.files.length === 0 && told.length > 2);
    assert.ok(told.some(({ additions }) => additions.some(({ sizeBytes }) => sizeBytes === 40 * MIB)));
    assert.ok(told.some(({ files }) => files.some((file) => file.cid === cid)));
    assert.ok(told.some(({ peers }) => peers.length > 0));
  });

  it("engines that have nothing in common but a bootstrap node find each other's files", async () => {
    const content = new Content(5 * MIB + 1);
    const bootstrap = await startInProcessEngine(scope);
    const { addresses } = await bootstrap.request('startIpfs', {});
    const ipfs = { ...DEFAULT_IPFS, bootstrap: [...addresses] };
    const seeder = await startInProcessEngine(scope, { settings: { ipfs } });
    const { cid, address } = await seeder.request('shareOnIpfs', { path: source(content) });
    const { peerId } = await seeder.request('ipfs', {});
    const engine = await startInProcessEngine(scope, { settings: { ipfs } });
    const task = await engine.completed(await engine.add(address));
    await assertDownloaded(task, content);
    assert.equal(task.name, 'shared.bin');
    assert.ok(peerId);
    assert.ok(cid);
  });
});
