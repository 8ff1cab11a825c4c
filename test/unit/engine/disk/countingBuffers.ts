import assert from 'node:assert/strict';
import { WriteBuffers } from '../../../../src/engine/disk/writeBuffers.ts';

/** Write buffers that know who has them: each is given back exactly once, and never while it is not lent. */
export class CountingBuffers extends WriteBuffers {
  readonly #lent = new Set<Uint8Array>();

  get lent(): number {
    return this.#lent.size;
  }

  override take(): Uint8Array {
    const buffer = super.take();
    assert.ok(!this.#lent.has(buffer), 'a buffer was lent to two at once');
    this.#lent.add(buffer);
    return buffer;
  }

  override giveBack(buffer: Uint8Array): void {
    assert.ok(this.#lent.delete(buffer), 'a buffer was given back twice');
    // Whoever still reads or writes it gets what shows.
    buffer.fill(0xee);
    super.giveBack(buffer);
  }
}
