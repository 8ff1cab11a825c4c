import assert from 'node:assert/strict';
import { ScratchBuffer } from '../../../../src/engine/net/scratchBuffer.ts';
import { forSeeds } from '../seededRandom.ts';

describe('ScratchBuffer', () => {
  it('starts empty, with room', () => {
    const scratch = new ScratchBuffer();
    assert.equal(scratch.isEmpty, true);
    assert.equal(scratch.waiting().length, 0);
    assert.ok(scratch.free().length >= 1024);
  });

  it('keeps bytes in order, whatever is filled and taken between', async () => {
    await forSeeds(200, (random) => {
      const scratch = new ScratchBuffer();
      let written = 0;
      let taken = 0;
      // As a socket does it: memory is asked for, others look and take meanwhile, then it is filled.
      for (let step = 0; step < 60; step++) {
        const free = scratch.free();
        assert.ok(free.length >= 1024, `only ${free.length} bytes free`);
        for (let n = random.between(0, 2); n > 0; n--) {
          const count = random.between(0, scratch.waiting().length);
          scratch.take(count);
          taken += count;
        }
        const count = random.between(0, random.chance(0.2) ? free.length : 700);
        for (let i = 0; i < count; i++) free[i] = (written + i) % 251;
        scratch.filled(count);
        written += count;
        const waiting = scratch.waiting();
        assert.equal(waiting.length, written - taken);
        assert.equal(scratch.isEmpty, written === taken);
        for (const [i, byte] of waiting.entries())
          if (byte !== (taken + i) % 251) assert.fail(`byte ${taken + i} is wrong`);
      }
    });
  });

  it('does not move what is lent while it is lent', () => {
    const scratch = new ScratchBuffer();
    const first = scratch.free();
    first.fill(1);
    scratch.filled(first.length);
    const lent = scratch.free();
    scratch.take(first.length);
    lent[0] = 7;
    scratch.filled(1);
    assert.deepEqual([...scratch.waiting()], [7]);
  });

  it('uses its memory again once it is empty', () => {
    const scratch = new ScratchBuffer();
    const { buffer } = scratch.free();
    for (let n = 0; n < 100; n++) {
      const { length } = scratch.free();
      scratch.filled(length);
      scratch.take(length);
    }
    assert.equal(scratch.free().buffer, buffer);
  });
});
