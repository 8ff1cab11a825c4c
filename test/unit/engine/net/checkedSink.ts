import assert from 'node:assert/strict';
import type { ByteSink } from '../../../../src/kit/byteSink.ts';
import type { SeededRandom } from '../seededRandom.ts';

const POISON = 0xee;

/**
 * Keeps what it gets, lends memory of odd sizes, sometimes asks for a pause, and finds out when somebody writes into memory
 * that was not lent any more.
 */
export class CheckedSink implements ByteSink {
  readonly bytes: Buffer;
  readonly #random: SeededRandom;
  readonly #slow: number;
  readonly #start: number;
  readonly #given: Uint8Array[] = [];
  #memory = new Uint8Array(0);
  #used = 0;
  #received = 0;
  #end: number;
  #waiting = false;
  lends = 0;

  /** @param options.slow how often it asks for a pause, from 0 to 1 */
  constructor(range: { start: number; length: number }, random: SeededRandom, options: { slow: number }) {
    this.#start = range.start;
    this.#end = range.length;
    this.bytes = Buffer.alloc(range.length);
    this.#random = random;
    this.#slow = options.slow;
  }

  get position(): number {
    return this.#start + this.#received;
  }

  get remaining(): number {
    return this.#end - this.#received;
  }

  shrinkBy(bytes: number): void {
    this.#end = Math.max(this.#received, this.#end - bytes);
  }

  lend(): Uint8Array {
    assert.equal(this.#waiting, false, 'memory was asked for before the sink was ready');
    assert.ok(this.remaining > 0, 'memory was asked for though nothing is wanted');
    if (this.#used === this.#memory.length) this.#renew();
    this.lends++;
    return this.#memory.subarray(this.#used, this.#used + Math.min(this.#memory.length - this.#used, this.remaining));
  }

  filled(count: number): boolean {
    assert.equal(this.#waiting, false, 'the sink was filled before it was ready');
    assert.ok(count > 0 && count <= this.#memory.length - this.#used, `${count} bytes were put into what holds fewer`);
    const taken = Math.min(count, this.remaining);
    this.bytes.set(this.#memory.subarray(this.#used, this.#used + taken), this.#received);
    this.#received += taken;
    this.#used += count;
    if (this.remaining === 0 || this.#used === this.#memory.length) this.#renew();
    this.#waiting = this.#random.chance(this.#slow);
    return !this.#waiting;
  }

  async ready({ signal }: { signal: AbortSignal }): Promise<void> {
    for (let turns = this.#random.between(1, 4); turns > 0; turns--)
      await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    this.#waiting = false;
  }

  /** Nobody has written where he must not. Call it some turns after the end. */
  check(): void {
    for (const memory of this.#given) {
      assert.ok(
        memory.every((byte) => byte === POISON),
        'somebody wrote into memory that was handed on',
      );
    }
  }

  #renew(): void {
    this.#memory.fill(POISON);
    if (this.#memory.length > 0) this.#given.push(this.#memory);
    this.#memory = new Uint8Array(this.#random.pick([1, 7, 100, 4096, 20_000]));
    this.#used = 0;
  }
}

/** Reads a body in ranges of any length, and compares. @returns what it was read into; `check` that when all is read */
export async function readInRanges(
  from: { readInto(sink: ByteSink, options: { signal: AbortSignal }): Promise<string> },
  body: Buffer,
  random: SeededRandom,
  options: { signal: AbortSignal },
): Promise<CheckedSink[]> {
  const sinks: CheckedSink[] = [];
  for (let at = 0; at < body.length; ) {
    const length = random.chance(0.3) ? body.length - at : random.between(1, body.length - at);
    const sink = new CheckedSink({ start: at, length }, random, { slow: random.pick([0, 0.1, 0.9]) });
    sinks.push(sink);
    assert.equal(await from.readInto(sink, options), 'filled');
    assert.ok(sink.bytes.equals(body.subarray(at, at + length)), `bytes ${at} to ${at + length} are wrong`);
    at += length;
    if (random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
  }
  return sinks;
}
