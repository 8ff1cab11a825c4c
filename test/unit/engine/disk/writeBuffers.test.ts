import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { BUFFER_BYTES, WriteBuffers } from '../../../../src/engine/disk/writeBuffers.ts';

const { signal } = new AbortController();

describe('WriteBuffers', () => {
  it('gives each to one at a time, and uses it again', () => {
    const buffers = new WriteBuffers();
    const [first, second] = [buffers.take(), buffers.take()];
    assert.equal(first.length, BUFFER_BYTES);
    assert.notEqual(first.buffer, second.buffer);
    buffers.giveBack(first);
    assert.equal(buffers.take(), first);
  });

  it('makes none anew while bytes flow, and keeps four once nothing has flowed for two seconds', () => {
    const fakes = mock.timers;
    fakes.enable({ apis: ['setTimeout'] });
    try {
      const buffers = new WriteBuffers();
      const all = Array.from({ length: 40 }, () => buffers.take());
      const known = new Set(all);
      const reused = (): number => {
        const again = Array.from({ length: 40 }, () => buffers.take());
        for (const buffer of again) buffers.giveBack(buffer);
        return again.filter((buffer) => known.has(buffer)).length;
      };
      for (const buffer of all) buffers.giveBack(buffer);
      assert.equal(reused(), 40);
      fakes.tick(2000);
      assert.equal(reused(), 4);
    } finally {
      fakes.reset();
    }
  });

  it('is congested by sixteen writes, not by fifteen', () => {
    const buffers = new WriteBuffers();
    for (let n = 0; n < 15; n++) buffers.writeStarted();
    assert.equal(buffers.congested, false);
    buffers.writeStarted();
    assert.equal(buffers.congested, true);
    buffers.writeEnded();
    assert.equal(buffers.congested, false);
  });

  it('wakes those who wait in turn, one for each write that ends, and all when no other will end', async () => {
    const buffers = new WriteBuffers();
    for (let n = 0; n < 3; n++) buffers.writeStarted();
    const woken: number[] = [];
    const waiting = [1, 2, 3, 4].map((n) => buffers.nextWriteEnd({ signal }).then(() => woken.push(n)));
    buffers.writeEnded();
    await waiting[0];
    assert.deepEqual(woken, [1]);
    buffers.writeEnded();
    await waiting[1];
    assert.deepEqual(woken, [1, 2]);
    buffers.writeEnded();
    await Promise.all(waiting);
  });
});
