import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryBlockstore } from 'blockstore-core';
import { DEFAULT_IPFS } from '../../src/contract/settings.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { type InProcessEngine, startInProcessEngine } from '../support/inProcessEngine.ts';
import { blockOf, DEEP, dagOfFile, dagOfFolder, OLD_KUBO, OURS, TRICKLE } from '../support/ipfs/dagOf.ts';
import { startHeliaPeer } from '../support/ipfs/heliaPeer.ts';
import { linksOf } from '../support/ipfs/linksOf.ts';
import { useScope } from '../support/scope.ts';
import { tempFolder } from '../support/tempFolder.ts';

const MIB = 1 << 20;

describe('IPFS with the Bitswap of others', () => {
  const scope = useScope();

  const engineWith = (peers: readonly string[]): Promise<InProcessEngine> =>
    startInProcessEngine(scope, { settings: { ipfs: { ...DEFAULT_IPFS, peers: [...peers] } } });

  for (const [name, options, mib] of [
    ['1 MiB raw leaves', OURS, 12],
    ['256 KiB dag-pb leaves, version 0', OLD_KUBO, 5],
    ['a deep tree of small leaves', DEEP, 3],
    ['leaves at different depths', TRICKLE, 3],
    ['a single block', OURS, 0.7],
  ] as const) {
    it(`downloads ${name}`, async () => {
      const content = new Content(Math.floor(mib * MIB) + 77);
      const dag = await dagOfFile(content.slice(0, content.sizeBytes), options);
      const peer = await startHeliaPeer(scope, dag.blocks);
      const engine = await engineWith([peer.address]);
      const task = await engine.completed(await engine.add(`ipfs://${dag.cid}?filename=f.bin`));
      await assertDownloaded(task, content);
      assert.equal(task.name, 'f.bin');
      assert.equal(task.status.state === 'completed' && task.status.verification, 'verified');
    });
  }

  it('downloads a file whose leaves are all the same', async () => {
    const dag = await dagOfFile(Buffer.alloc(8 * MIB, 'x'), OURS);
    const peer = await startHeliaPeer(scope, dag.blocks);
    const engine = await engineWith([peer.address]);
    const task = await engine.completed(await engine.add(`ipfs://${dag.cid}`));
    assert.equal(task.sizeBytes, 8 * MIB);
  });

  it('downloads an empty file', async () => {
    const dag = await dagOfFile(new Uint8Array(), OURS);
    const peer = await startHeliaPeer(scope, dag.blocks);
    const engine = await engineWith([peer.address]);
    const task = await engine.completed(await engine.add(dag.cid.toString()));
    assert.equal(task.sizeBytes, 0);
  });

  it('downloads a folder, sharded or not, as files in a folder; names cannot lead out of it', async () => {
    const files = Array.from({ length: 40 }, (_, n) => ({ path: `top/f${n}.txt`, content: Buffer.from(`file ${n}`) }));
    const nested = [...files, { path: 'top/sub/..\\evil', content: Buffer.from('evil') }];
    for (const shardSplitThresholdBytes of [262_144, 200]) {
      const dag = await dagOfFolder(nested, { ...OURS, shardSplitThresholdBytes });
      const peer = await startHeliaPeer(scope, dag.blocks);
      const engine = await engineWith([peer.address]);
      const first = await engine.add(`ipfs://${dag.cid}`, { fileName: 'mine' });
      await engine.until(first, 'to be one of all', () => engine.tasks.size === nested.length);
      for (const id of [...engine.tasks.keys()]) {
        const task = await engine.completed(id);
        assert.ok(task.targetPath.startsWith(join(engine.folder, 'mine')), task.targetPath);
        assert.ok(!task.name.includes('\\') && !task.name.includes('/'), task.name);
      }
    }
  });

  it('follows a path below a CID, and says when it leads nowhere', async () => {
    const content = new Content(2 * MIB);
    const dag = await dagOfFolder(
      [
        { path: 'top/a/b.bin', content: content.slice(0, content.sizeBytes) },
        { path: 'top/c', content: Buffer.from('c') },
      ],
      OURS,
    );
    const peer = await startHeliaPeer(scope, dag.blocks);
    const engine = await engineWith([peer.address]);
    const task = await engine.completed(await engine.add(`ipfs://${dag.cid}/a/b.bin`));
    await assertDownloaded(task, content);
    assert.equal(task.name, 'b.bin');
    const error = await engine.failed(await engine.add(`ipfs://${dag.cid}/a/none`));
    assert.equal(error.code, 'ipfs-path-missing');
  });

  it('gives Helia every block of a shared file, under the CID that the importer gives it', async () => {
    const content = new Content(9 * MIB + 5);
    const bytes = content.slice(0, content.sizeBytes);
    const expected = await dagOfFile(bytes, OURS);
    const path = join(tempFolder(scope), 'shared.bin');
    writeFileSync(path, bytes);
    const engine = await startInProcessEngine(scope);
    const { cid, address } = await engine.request('shareOnIpfs', { path });
    assert.equal(cid, expected.cid.toString());
    assert.equal(address, `ipfs://${cid}?filename=shared.bin`);
    const { addresses } = await engine.request('ipfs', {});
    const peer = await startHeliaPeer(scope, new MemoryBlockstore());
    const cids = [expected.cid, ...linksOf(await blockOf(expected.blocks, expected.cid))];
    const asked = cids.map((wanted) => peer.want(wanted));
    await peer.dial(addresses[0] ?? '');
    for (const [index, block] of (await Promise.all(asked)).entries()) {
      const wanted = cids[index] ?? expected.cid;
      assert.deepEqual(Buffer.from(block), Buffer.from(await blockOf(expected.blocks, wanted)));
    }
  });
});
