import assert from 'node:assert/strict';
import { LeafList } from '../../../../../src/engine/protocols/unixfs/leafList.ts';
import { VerifyingSink } from '../../../../../src/engine/sources/ipfs/verifyingSink.ts';
import { fillFrom } from '../../../../../src/kit/byteSink.ts';
import { MemorySink } from '../../../../../src/kit/memorySink.ts';
import { Content } from '../../../../support/content.ts';
import { cidOfBytes } from '../../../../support/ipfs/cidOfBytes.ts';
import { forSeeds } from '../../seededRandom.ts';

describe('VerifyingSink', () => {
  it('hands on exactly the range that is asked for, of leaves that are right', () =>
    forSeeds(80, async (random) => {
      const content = new Content(random.between(1, 30_000));
      const bytes = content.slice(0, content.sizeBytes);
      const leaves = [];
      for (let offset = 0; offset < bytes.length; ) {
        const sizeBytes = Math.min(bytes.length - offset, random.between(1, 5000));
        const cid = cidOfBytes(bytes.subarray(offset, offset + sizeBytes));
        leaves.push({ index: leaves.length, cid, offset, sizeBytes });
        offset += sizeBytes;
      }
      const start = random.between(0, bytes.length - 1);
      const end = random.between(start + 1, bytes.length);
      const outer = new MemorySink({ start, end });
      const told: number[] = [];
      const sink = new VerifyingSink({
        leaves: new LeafList(leaves),
        outer,
        host: 'h',
        onLeaf: ({ index }) => told.push(index),
      });
      const given = random.chance(0.3) ? Buffer.alloc(bytes.length, 9) : bytes;
      while (sink.remaining > 0) {
        const from = sink.position;
        fillFrom(sink, given.subarray(from, Math.min(from + sink.remaining, from + random.between(1, 3000))));
        if (sink.failure !== null) break;
        await sink.ready({ signal: new AbortController().signal });
      }
      if (given === bytes) {
        assert.deepEqual(Buffer.from(outer.bytes), bytes.subarray(start, end));
        assert.equal(sink.failure, null);
        assert.deepEqual(
          told,
          [...new Set(told)].sort((a, b) => a - b),
        );
      } else {
        assert.equal(sink.failure?.code, 'wrong-content');
        assert.equal(outer.bytes.length, 0);
      }
    }));
});
