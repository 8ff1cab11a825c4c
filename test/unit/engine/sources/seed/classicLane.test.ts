import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ClassicLane } from '../../../../../src/engine/sources/seed/classicLane.ts';
import { MemorySink } from '../../../../../src/kit/memorySink.ts';
import { Content } from '../../../../support/content.ts';
import { forSeeds } from '../../seededRandom.ts';

const never = new AbortController().signal;

describe('ClassicLane', () => {
  it('puts pieces that come in any order into theirs, never more than its width at a time', () =>
    forSeeds(50, async (random) => {
      const size = random.between(1, 3000);
      const start = random.between(0, size - 1);
      const end = random.between(start + 1, size);
      const content = new Content(size);
      const width = random.between(1, 6);
      let asked = 0;
      let most = 0;
      const lane = new ClassicLane({
        width,
        piece: async (offset) => {
          most = Math.max(most, ++asked);
          for (let turns = random.between(0, 5); turns > 0; turns--) await nextTurn();
          asked--;
          return content.slice(offset, offset + 32);
        },
      });
      const sink = new MemorySink({ start, end });
      assert.equal(await lane.read({ start, end }, sink, { signal: never }), 'filled');
      assert.deepEqual(Buffer.from(sink.bytes), content.slice(start, end));
      assert.ok(most <= width);
    }));

  it('keeps what came in order before a failure, and waits until nothing is asked any more', async () => {
    let open = 0;
    const lane = new ClassicLane({
      width: 4,
      piece: async (offset, { signal }) => {
        open++;
        try {
          await nextTurn();
          if (offset === 320) throw new Error('broken');
          signal.throwIfAborted();
          return Buffer.alloc(32, offset / 32);
        } finally {
          open--;
        }
      },
    });
    const sink = new MemorySink({ start: 0, end: 1000 });
    await assert.rejects(lane.read({ start: 0, end: 1000 }, sink, { signal: never }), /broken/);
    assert.equal(open, 0);
    assert.ok(sink.position >= 64 && sink.position <= 320 && sink.position % 32 === 0, `${sink.position}`);
    for (const [index, byte] of sink.bytes.entries()) assert.equal(byte, Math.floor(index / 32));
  });

  it('ends with its signal', async () => {
    const abort = new AbortController();
    const lane = new ClassicLane({
      width: 2,
      piece: (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    const reading = lane.read({ start: 0, end: 100 }, new MemorySink({ start: 0, end: 100 }), abort);
    abort.abort(new Error('paused'));
    await assert.rejects(reading, /paused/);
  });
});
