import assert from 'node:assert/strict';
import { BUFFER_BYTES, WriteBuffers } from '../../../../src/engine/disk/writeBuffers.ts';

describe('WriteBuffers', () => {
  it('gives each to one at a time, and uses it again', () => {
    const buffers = new WriteBuffers();
    const [first, second] = [buffers.take(), buffers.take()];
    assert.equal(first.length, BUFFER_BYTES);
    assert.notEqual(first.buffer, second.buffer);
    buffers.giveBack(first);
    assert.equal(buffers.take(), first);
  });

  it('keeps no more idle ones than it needs', () => {
    const buffers = new WriteBuffers();
    const all = Array.from({ length: 40 }, () => buffers.take());
    for (const buffer of all) buffers.giveBack(buffer);
    const known = new Set(all);
    let reused = 0;
    for (let n = 0; n < 40; n++) if (known.has(buffers.take())) reused++;
    assert.equal(reused, 16);
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

  it('wakes everybody who waits for the end of a write', async () => {
    const buffers = new WriteBuffers();
    buffers.writeStarted();
    const waiting = [buffers.nextWriteEnd(), buffers.nextWriteEnd()];
    buffers.writeEnded();
    await Promise.all(waiting);
  });
});
