import assert from 'node:assert/strict';
import { fillFrom } from '../../../src/kit/byteSink.ts';
import { MemorySink } from '../../../src/kit/memorySink.ts';
import { forSeeds } from '../engine/seededRandom.ts';

describe('MemorySink', () => {
  it('keeps every byte in its place, whatever the pieces', async () => {
    await forSeeds(100, (random) => {
      const start = random.between(0, 1000);
      const content = Buffer.from(Array.from({ length: random.between(1, 300_000) }, (_, n) => (n * 7) & 0xff));
      const end = start + content.length + random.pick([0, 5]);
      const sink = new MemorySink({ start, end });
      for (let at = 0; at < content.length; ) {
        const piece = content.subarray(at, at + random.between(1, 100_000));
        const { rest, goOn } = fillFrom(sink, piece);
        assert.deepEqual([rest.length, goOn], [0, true]);
        at += piece.length;
        assert.equal(sink.position, start + at);
      }
      assert.ok(content.equals(sink.bytes));
      assert.equal(sink.remaining, end - start - content.length);
    });
  });

  it('never lends nothing while it is not full, nor more than is left', () => {
    const sink = new MemorySink({ start: 10, end: 100_010 });
    while (sink.remaining > 0) {
      const { length } = sink.lend();
      assert.ok(length > 0 && length <= sink.remaining, `${length} of ${sink.remaining}`);
      sink.filled(Math.min(length, 999));
    }
    assert.deepEqual([sink.position, sink.bytes.length], [100_010, 100_000]);
  });

  it('takes no memory for a range that may never be filled', () => {
    const sink = new MemorySink({ start: 0, end: 1024 ** 3 });
    sink.filled(sink.lend().length);
    assert.ok(sink.lend().length <= 64 * 1024);
  });

  it('takes what does not fit no more', () => {
    const sink = new MemorySink({ start: 0, end: 3 });
    const { rest } = fillFrom(sink, Buffer.from('abcdef'));
    assert.equal(Buffer.from(sink.bytes).toString(), 'abc');
    assert.equal(Buffer.from(rest).toString(), 'def');
  });
});
