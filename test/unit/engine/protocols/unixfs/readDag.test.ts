import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { decode, encode, prepare } from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import { blockKey } from '../../../../../src/engine/protocols/bitswap/blockCid.ts';
import { bytesOfLeaf, isContentOf } from '../../../../../src/engine/protocols/unixfs/leafList.ts';
import { readDag } from '../../../../../src/engine/protocols/unixfs/readDag.ts';
import { Content } from '../../../../support/content.ts';
import { cidOfBytes } from '../../../../support/ipfs/cidOfBytes.ts';
import {
  blockOf,
  type Dag,
  DEEP,
  dagOfFile,
  dagOfFolder,
  OLD_KUBO,
  OURS,
  TRICKLE,
} from '../../../../support/ipfs/dagOf.ts';

describe('readDag', () => {
  const read = (dag: Dag, path: readonly string[] = [], fetched: string[] = []) =>
    readDag(dag.cid, path, async (cid) => {
      fetched.push(cid.toString());
      return blockOf(dag.blocks, cid);
    });

  for (const [name, options] of Object.entries({ OURS, OLD_KUBO, DEEP, TRICKLE })) {
    it(`gives the leaves of a file in their order (${name}), and their bytes are the file's`, async () => {
      const content = new Content(2_500_000);
      const dag = await dagOfFile(content.slice(0, content.sizeBytes), options);
      const found = await read(dag);
      assert.ok(found.kind === 'file');
      assert.equal(found.leaves.sizeBytes, content.sizeBytes);
      for (const leaf of found.leaves) {
        const expected = content.slice(leaf.offset, leaf.offset + leaf.sizeBytes);
        assert.deepEqual(Buffer.from(bytesOfLeaf(leaf, await blockOf(dag.blocks, leaf.cid))), expected);
        assert.equal(isContentOf(leaf, expected), true);
        assert.equal(isContentOf(leaf, Buffer.alloc(expected.length)), false);
        assert.equal(found.leaves.indexAt(leaf.offset), leaf.index);
        assert.equal(found.leaves.indexAt(leaf.offset + leaf.sizeBytes - 1), leaf.index);
      }
    });
  }

  it('fetches no leaf for that, also where leaves are dag-pb', async () => {
    for (const options of [OURS, OLD_KUBO]) {
      const dag = await dagOfFile(new Content(3_000_000).slice(0, 3_000_000), options);
      const fetched: string[] = [];
      await read(dag, [], fetched);
      assert.deepEqual(fetched, [dag.cid.toString()]);
    }
  });

  it('looks at a block whose link does not tell whether it is a leaf', async () => {
    const dag = await dagOfFile(new Content(600_000).slice(0, 600_000), OLD_KUBO);
    const { Data, Links } = decode(await blockOf(dag.blocks, dag.cid));
    const block = encode(prepare({ Data, Links: Links.map(({ Hash }) => ({ Hash, Name: '' })) } as never));
    const cid = pbCid(block);
    await dag.blocks.put(cid, block);
    const found = await read({ ...dag, cid });
    assert.ok(found.kind === 'file');
    assert.equal(found.leaves.sizeBytes, 600_000);
  });

  it('lists the files of folders, sharded or not, and leaves out symbolic links', async () => {
    const files = Array.from({ length: 60 }, (_, n) => ({ path: `top/sub/f${n}`, content: Buffer.from(`${n}`) }));
    for (const shardSplitThresholdBytes of [262_144, 100]) {
      const dag = await dagOfFolder(files, { ...OURS, shardSplitThresholdBytes });
      const found = await read(dag);
      assert.ok(found.kind === 'folder');
      assert.deepEqual(
        found.files.map(({ path }) => path.join('/')).sort(),
        files.map(({ path }) => path.slice(4)).sort(),
      );
      const one = await read(dag, ['sub', 'f7']);
      assert.ok(one.kind === 'file');
      await assert.rejects(read(dag, ['sub', 'f77']), { code: 'ipfs-path-missing' });
    }
  });

  it('refuses trees that lie or never end', async () => {
    const leaf = Buffer.alloc(10, 'x');
    const lying = new UnixFS({ type: 'file', blockSizes: [11n] });
    const block = encode(prepare({ Data: lying.marshal(), Links: [{ Hash: cidOfBytes(leaf), Tsize: 10, Name: '' }] }));
    const found = await readDag(pbCid(block), [], async () => block);
    assert.ok(found.kind === 'file');
    assert.throws(() => bytesOfLeaf([...found.leaves][0] ?? assert.fail(), leaf), { code: 'bad-dag' });
    let depth = 0;
    const endless = async (): Promise<Uint8Array> => {
      const inner = new UnixFS({ type: 'file', blockSizes: [1n] });
      return encode(
        prepare({ Data: inner.marshal(), Links: [{ Hash: pbCid(Buffer.from(`${depth++}`)), Tsize: 9999, Name: '' }] }),
      );
    };
    await assert.rejects(readDag(pbCid(leaf), [], endless), { code: 'bad-dag' });
    for (const bytes of ['', 'nonsense', '\u0012\u0000'])
      await assert.rejects(
        readDag(pbCid(leaf), [], async () => Buffer.from(bytes)),
        { code: 'bad-dag' },
      );
  });

  it('refuses a leaf that is said to be longer than any block that is sent', async () => {
    const leaf = Buffer.alloc(10, 'x');
    for (const [sizeBytes, isTaken] of [
      [8 * 1024 * 1024, true],
      [8 * 1024 * 1024 + 1, false],
      [2 ** 40, false],
    ] as const) {
      const lying = new UnixFS({ type: 'file', blockSizes: [10n, BigInt(sizeBytes)] });
      const links = [leaf, leaf].map((data) => ({ Hash: cidOfBytes(data), Tsize: data.length, Name: '' }));
      const block = encode(prepare({ Data: lying.marshal(), Links: links }));
      const reading = readDag(pbCid(block), [], async () => block);
      if (isTaken) assert.equal((await reading).kind, 'file');
      else await assert.rejects(reading, { code: 'bad-dag' });
    }
  });

  it('refuses a sharded folder of a few blocks that link to one another without end', async () => {
    // Each level holds the one below four times: 4^30 ways lead through 31 blocks, and none to a file.
    const blocks = new Map<string, Uint8Array>();
    const add = (children: readonly CID[]): CID => {
      const Data = new UnixFS({ type: 'hamt-sharded-directory', fanout: 256n, hashType: 0x22n }).marshal();
      const Links = children.map((Hash, n) => ({ Hash, Tsize: 100, Name: `0${n}` }));
      const block = encode(prepare({ Data, Links }));
      blocks.set(blockKey(pbCid(block)), block);
      return pbCid(block);
    };
    let top = add([]);
    for (let level = 0; level < 30; level++) top = add([top, top, top, top]);
    const get = async (cid: CID): Promise<Uint8Array> => blocks.get(blockKey(cid)) ?? assert.fail();
    await assert.rejects(readDag(top, [], get), { code: 'bad-dag' });
  }).timeout(60_000);

  it('says what it does not know: other codecs, other hashes', async () => {
    const never = (): never => assert.fail('nothing is to be fetched');
    const cbor = CID.createV1(0x71, cidOfBytes(Buffer.from('x')).multihash);
    await assert.rejects(
      readDag(cbor, [], async () => Buffer.from('x')),
      { code: 'ipfs-unsupported' },
    );
    await assert.rejects(readDag(CID.createV1(0x55, create(0xb220, Buffer.alloc(32))), [], never), {
      code: 'ipfs-unsupported',
    });
  });
});

function pbCid(block: Uint8Array): CID {
  return CID.createV1(0x70, create(0x12, createHash('sha256').update(block).digest()));
}
