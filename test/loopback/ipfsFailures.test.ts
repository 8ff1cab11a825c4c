import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryBlockstore } from 'blockstore-core';
import { DEFAULT_IPFS, DEFAULT_SETTINGS, type IpfsSettings } from '../../src/contract/settings.ts';
import { RAW_CODEC } from '../../src/engine/protocols/bitswap/blockCid.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { type InProcessEngine, startInProcessEngine } from '../support/inProcessEngine.ts';
import { blockOf, type Dag, dagOfFile, OURS } from '../support/ipfs/dagOf.ts';
import { startIpfsServer } from '../support/ipfs/ipfsServer.ts';
import { linksOf } from '../support/ipfs/linksOf.ts';
import { startOddPeer } from '../support/ipfs/oddPeer.ts';
import { runCli } from '../support/runCli.ts';
import { useScope } from '../support/scope.ts';
import { tempFolder } from '../support/tempFolder.ts';

const MIB = 1 << 20;

describe('IPFS when peers misbehave', () => {
  const scope = useScope();

  const engineWith = (ipfs: Partial<IpfsSettings>): Promise<InProcessEngine> =>
    startInProcessEngine(scope, { settings: { ipfs: { ...DEFAULT_IPFS, firstByteMs: 500, searchMs: 2000, ...ipfs } } });

  async function sample(mib: number): Promise<{ content: Content; dag: Dag }> {
    const content = new Content(mib * MIB);
    return { content, dag: await dagOfFile(content.slice(0, content.sizeBytes), OURS) };
  }

  it('a corrupt peer is left after its first wrong block, of which nothing is written', async () => {
    const { content, dag } = await sample(12);
    const corrupt = await startOddPeer(scope, dag.blocks, {
      block: (cid, data) => (cid.code === RAW_CODEC ? Buffer.alloc(data.length, 7) : data),
    });
    const right = await startOddPeer(scope, dag.blocks, {});
    const engine = await engineWith({ peers: [corrupt.address, right.address] });
    const task = await engine.completed(await engine.add(`ipfs://${dag.cid}`));
    await assertDownloaded(task, content);
    assert.ok(corrupt.sentBytes > 0, 'it was asked');
    assert.ok(corrupt.sentBytes <= 8 * MIB, `${corrupt.sentBytes} bytes were taken of it`);
  });

  it('a file that only a corrupt peer has fails with the reason, and leaves nothing', async () => {
    const { dag } = await sample(3);
    const corrupt = await startOddPeer(scope, dag.blocks, {
      block: (cid, data) => (cid.code === RAW_CODEC ? Buffer.alloc(data.length) : data),
    });
    const engine = await engineWith({ peers: [corrupt.address] });
    const id = await engine.add(`ipfs://${dag.cid}`, { fileName: 'f.bin' });
    assert.equal((await engine.failed(id)).code, 'wrong-content');
    const path = join(engine.folder, 'f.bin');
    assert.equal(existsSync(path), false);
    if (existsSync(`${path}.part`)) assert.ok(readFileSync(`${path}.part`).every((byte) => byte === 0));
  });

  it('a peer that says nothing is passed over for those that speak', async () => {
    const { content, dag } = await sample(10);
    const silent = await startOddPeer(scope, dag.blocks, { block: () => null });
    const right = await startOddPeer(scope, dag.blocks, {});
    const engine = await engineWith({ peers: [silent.address, right.address] });
    const task = await engine.completed(await engine.add(`ipfs://${dag.cid}`));
    await assertDownloaded(task, content);
  });

  it('a peer frozen midway (SIGSTOP) is passed over', async () => {
    const { content, dag } = await sample(24);
    const path = join(tempFolder(scope), 'source.bin');
    writeFileSync(path, content.slice(0, content.sizeBytes));
    const server = await startIpfsServer(scope);
    const added = await runCli(scope, ['ipfs', 'add', path, '--dir', server.folder, '-q'], { cwd: server.folder });
    assert.equal(added.stdout.trim(), dag.cid.toString());
    const slow = await startOddPeer(scope, dag.blocks, { bytesPerSecond: 12 * MIB });
    const engine = await engineWith({ peers: [server.address, slow.address] });
    await engine.request('configure', {
      ...DEFAULT_SETTINGS,
      limitBytesPerSecond: 12 * MIB,
      ipfs: { ...DEFAULT_IPFS, firstByteMs: 500, peers: [server.address, slow.address] },
    });
    const id = await engine.add(`ipfs://${dag.cid}`);
    await engine.received(id, 4 * MIB);
    server.child.kill('SIGSTOP');
    scope.defer(() => server.child.kill('SIGCONT'));
    await assertDownloaded(await engine.completed(id), content);
  });

  it('a peer without the blocks is only asked once for each', async () => {
    const { content, dag } = await sample(6);
    const without = await startOddPeer(scope, new MemoryBlockstore(), {});
    const half = await startOddPeer(scope, dag.blocks, { lacks: (cid) => (cid.bytes.at(-1) ?? 0) % 2 === 0 });
    const other = await startOddPeer(scope, dag.blocks, { lacks: (cid) => (cid.bytes.at(-1) ?? 0) % 2 === 1 });
    const engine = await engineWith({ peers: [without.address, half.address, other.address] });
    const task = await engine.completed(await engine.add(`ipfs://${dag.cid}`));
    await assertDownloaded(task, content);
    assert.equal(new Set(without.asked).size, without.asked.length);
  });

  it('a file that nobody has fails in bounded time and says so', async () => {
    const { dag } = await sample(1);
    const without = await startOddPeer(scope, new MemoryBlockstore(), {});
    const begunMs = performance.now();
    const engine = await engineWith({ peers: [without.address] });
    const error = await engine.failed(await engine.add(`ipfs://${dag.cid}`));
    assert.equal(error.code, 'ipfs-no-provider');
    assert.ok(performance.now() - begunMs < 10_000);
  });

  it('goes on after a stop with what is missing, and takes what is there for right', async () => {
    const { content, dag } = await sample(32);
    const peer = await startOddPeer(scope, dag.blocks, { bytesPerSecond: 16 * MIB });
    const engine = await engineWith({ peers: [peer.address] });
    const id = await engine.add(`ipfs://${dag.cid}`);
    // What was on its way when it stopped comes again.
    await engine.received(id, 20 * MIB);
    await engine.request('pause', { id });
    const sent = peer.sentBytes;
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
    assert.ok(peer.sentBytes - sent < content.sizeBytes, `${peer.sentBytes - sent} bytes came after the pause`);
  });

  it('one chunk: fetched, written, told of; never over another file', async () => {
    const { content, dag } = await sample(5);
    const peer = await startOddPeer(scope, dag.blocks, {});
    const engine = await engineWith({});
    const [, second] = linksOf(await blockOf(dag.blocks, dag.cid));
    const outputPath = join(engine.folder, 'chunk.1');
    const chunk = { peer: peer.address, cid: String(second), fileHash: dag.cid.toString(), chunkIndex: 1, outputPath };
    assert.deepEqual(await engine.request('startChunkDownload', chunk), { path: outputPath });
    assert.deepEqual(readFileSync(outputPath), Buffer.from(content.slice(MIB, 2 * MIB)));
    await engine.request('startChunkDownload', chunk);
    assert.equal(peer.asked.length, 1, 'it is in the store');
    writeFileSync(outputPath, 'mine');
    await assert.rejects(engine.request('startChunkDownload', chunk), { code: 'file-exists' });
    assert.equal(readFileSync(outputPath, 'utf8'), 'mine');
  });
});
