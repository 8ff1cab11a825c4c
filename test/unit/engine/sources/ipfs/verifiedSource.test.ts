import assert from 'node:assert/strict';
import { LeafList } from '../../../../../src/engine/protocols/unixfs/leafList.ts';
import type { ContentFile } from '../../../../../src/engine/sources/ipfs/contentFile.ts';
import { VerifiedSource } from '../../../../../src/engine/sources/ipfs/verifiedSource.ts';
import type { ByteRange, Lane, ReadEnd, SourceDescription } from '../../../../../src/engine/sources/source.ts';
import { type ByteSink, fillFrom } from '../../../../../src/kit/byteSink.ts';
import { MemorySink } from '../../../../../src/kit/memorySink.ts';
import { Content } from '../../../../support/content.ts';
import { cidOfBytes } from '../../../../support/ipfs/cidOfBytes.ts';
import { ScriptedSource } from '../../transfer/scriptedSource.ts';

const LEAF_BYTES = 10_000;
const signal = new AbortController().signal;

/** As a connection does it: a sink that is full is not waited for. */
class PlainSource extends ScriptedSource {
  readonly asked: ByteRange[] = [];
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    super(0);
    this.#bytes = bytes;
  }

  override async describe(): Promise<SourceDescription> {
    return {
      sizeBytes: this.#bytes.length,
      ranges: true,
      version: { etag: '"x"', lastModified: null },
      suggestedName: 'x',
      checksums: [],
      offers: { mirrors: [], metalinks: [] },
      isMetalink: false,
    };
  }

  override openLane(): Lane {
    return {
      position: null,
      read: async (range: ByteRange, sink: ByteSink): Promise<ReadEnd> => {
        this.asked.push(range);
        while (sink.remaining > 0) {
          const { goOn } = fillFrom(sink, this.#bytes.subarray(sink.position, sink.position + 3000));
          if (!goOn && sink.remaining > 0) await sink.ready({ signal });
        }
        return 'filled';
      },
      close: () => {},
    };
  }
}

/** Takes little at a time, as under a limit. */
class LimitedSink extends MemorySink {
  override lend(): Uint8Array {
    return super.lend().subarray(0, 1000);
  }

  override filled(count: number): boolean {
    super.filled(count);
    return false;
  }
}

describe('VerifiedSource', () => {
  it('hands on all of the last leaf, too, when the sink takes little at a time', async () => {
    const content = new Content(3 * LEAF_BYTES);
    const bytes = content.slice(0, content.sizeBytes);
    const leaves = new LeafList(
      [0, 1, 2].map((index) => {
        const offset = index * LEAF_BYTES;
        return { index, offset, sizeBytes: LEAF_BYTES, cid: cidOfBytes(bytes.subarray(offset, offset + LEAF_BYTES)) };
      }),
    );
    const file = {
      leaves,
      init: { root: cidOfBytes(bytes) },
      use: () => {},
      release: async () => {},
      content: async () => ({ kind: 'file', leaves }),
    } as unknown as ContentFile;
    const inner = new PlainSource(bytes);
    const source = new VerifiedSource({ inner, file }, { leads: false });
    await source.describe({ signal });
    const range = { start: 5000, end: 25_000 };
    const sink = new LimitedSink(range);
    assert.equal(await source.openLane().read(range, sink, { signal }), 'filled');
    assert.equal(sink.remaining, 0);
    assert.deepEqual(Buffer.from(sink.bytes), bytes.subarray(range.start, range.end));
    assert.deepEqual(inner.asked, [{ start: 0, end: 30_000 }]);
  });
});
