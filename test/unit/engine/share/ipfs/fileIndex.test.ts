import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlockStore } from '../../../../../src/engine/disk/blockStore.ts';
import { fileStamp } from '../../../../../src/engine/disk/fileRange.ts';
import { FileIndex } from '../../../../../src/engine/share/ipfs/fileIndex.ts';
import { cidOfBytes } from '../../../../support/ipfs/cidOfBytes.ts';
import { useScope } from '../../../../support/scope.ts';
import { tempFolder } from '../../../../support/tempFolder.ts';

const MIB = 1024 * 1024;

describe('FileIndex', () => {
  const scope = useScope();

  async function addFile(sizeBytes: number, { content }: { content: Uint8Array }): Promise<FileIndex> {
    const folder = tempFolder(scope);
    const path = join(folder, 'file');
    writeFileSync(path, content);
    truncateSync(path, sizeBytes);
    const trees = await BlockStore.open({ folder: join(folder, 'trees'), capBytes: Number.POSITIVE_INFINITY });
    const index = new FileIndex({ trees }, { folder: join(folder, 'files') });
    const stamp = (await fileStamp(path)) ?? assert.fail();
    await index.add(cidOfBytes(content), { path, stamp, shared: true, nowMs: 0 });
    return index;
  }

  it('takes a file of one block for its own tree', async () => {
    const content = Buffer.alloc(MIB, 'x');
    const index = await addFile(content.length, { content });
    assert.equal(index.files.length, 1);
    assert.deepEqual(await index.read(cidOfBytes(content), { shared: true }), content);
  });

  it('does not read a long file into memory because its tree was lost', async () => {
    let mostBytes = 0;
    const look = setInterval(() => {
      mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers);
    }, 1);
    const before = process.memoryUsage().arrayBuffers;
    try {
      const index = await addFile(256 * MIB, { content: Buffer.from('the beginning') });
      assert.equal(index.files.length, 0);
    } finally {
      clearInterval(look);
    }
    assert.ok(mostBytes - before < 64 * MIB, `${Math.round((mostBytes - before) / MIB)} MiB were taken`);
  });
});
