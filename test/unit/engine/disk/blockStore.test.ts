import assert from 'node:assert/strict';
import { BlockStore } from '../../../../src/engine/disk/blockStore.ts';
import { cidOfBytes } from '../../../support/ipfs/cidOfBytes.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';

describe('BlockStore', () => {
  const scope = useScope();
  const blocks = Array.from({ length: 5 }, (_, n) => Buffer.alloc(1000, n));
  const cids = blocks.map(cidOfBytes);

  async function fill(store: BlockStore): Promise<void> {
    for (const [n, cid] of cids.entries()) await store.put(cid, blocks[n] ?? Buffer.alloc(0));
  }

  const kept = async (store: BlockStore): Promise<boolean[]> => Promise.all(cids.map((cid) => store.has(cid)));

  it('gives what was put, also to the next process, and nothing else', async () => {
    const folder = tempFolder(scope);
    await fill(await BlockStore.open({ folder, capBytes: 1e6 }));
    const again = await BlockStore.open({ folder, capBytes: 1e6 });
    assert.deepEqual(await again.get(cids[3] ?? assert.fail()), blocks[3]);
    assert.equal(again.totalBytes, 5000);
    assert.equal(await again.get(cidOfBytes(Buffer.from('other'))), null);
  });

  it('lets go of what was not used for longest', async () => {
    const store = await BlockStore.open({ folder: tempFolder(scope), capBytes: 3500 });
    for (const n of [0, 1, 2]) await store.put(cids[n] ?? assert.fail(), blocks[n] ?? Buffer.alloc(0));
    await store.get(cids[0] ?? assert.fail());
    for (const n of [3, 4]) await store.put(cids[n] ?? assert.fail(), blocks[n] ?? Buffer.alloc(0));
    assert.deepEqual(await kept(store), [true, false, false, true, true]);
    assert.equal(store.totalBytes, 3000);
  });

  it('takes a smaller cap up when it is opened', async () => {
    const folder = tempFolder(scope);
    await fill(await BlockStore.open({ folder, capBytes: 1e6 }));
    const smaller = await BlockStore.open({ folder, capBytes: 2000 });
    assert.equal((await kept(smaller)).filter(Boolean).length, 2);
  });
});
