import assert from 'node:assert/strict';
import { type ByteSink, fillFrom } from '../../../src/kit/byteSink.ts';

/** Takes `size` bytes, `piece` at a time, and asks for a pause after `pauseAfter` fills. */
class SmallSink implements ByteSink {
  readonly bytes: number[] = [];
  readonly #size: number;
  readonly #memory: Uint8Array;
  #fillsLeft: number;

  constructor(size: number, piece: number, pauseAfter = Number.POSITIVE_INFINITY) {
    this.#size = size;
    this.#memory = new Uint8Array(piece);
    this.#fillsLeft = pauseAfter;
  }

  get position(): number {
    return this.bytes.length;
  }

  get remaining(): number {
    return this.#size - this.bytes.length;
  }

  lend(): Uint8Array {
    return this.#memory.subarray(0, Math.min(this.#memory.length, this.remaining));
  }

  filled(count: number): boolean {
    this.bytes.push(...this.#memory.subarray(0, count));
    return --this.#fillsLeft > 0;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }
}

describe('fillFrom', () => {
  const chunk = Uint8Array.from([1, 2, 3, 4, 5, 6, 7]);
  const cases: [what: string, sink: SmallSink, taken: number, goOn: boolean][] = [
    ['more room than bytes', new SmallSink(10, 10), 7, true],
    ['exactly as much room', new SmallSink(7, 7), 7, true],
    ['several pieces', new SmallSink(10, 3), 7, true],
    ['less room than bytes', new SmallSink(5, 3), 5, true],
    ['no room', new SmallSink(0, 3), 0, true],
    ['a pause in the middle', new SmallSink(10, 2, 2), 4, false],
    ['a pause at the end', new SmallSink(10, 7, 1), 7, false],
  ];
  for (const [what, sink, taken, goOn] of cases) {
    it(`${what}: takes ${taken} and ${goOn ? 'goes on' : 'waits'}`, () => {
      const result = fillFrom(sink, chunk);
      assert.deepEqual(sink.bytes, [...chunk.subarray(0, taken)]);
      assert.deepEqual([...result.rest], [...chunk.subarray(taken)]);
      assert.equal(result.goOn, goOn);
    });
  }

  it('asks for no memory when there is nothing to fill it with', () => {
    const sink = new SmallSink(10, 10);
    sink.lend = () => assert.fail('nobody needs it');
    assert.deepEqual(fillFrom(sink, new Uint8Array(0)), { rest: new Uint8Array(0), goOn: true });
  });
});
