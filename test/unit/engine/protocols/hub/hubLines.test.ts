import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { HubLines, MAX_LINE_BYTES } from '../../../../../src/engine/protocols/hub/hubLines.ts';
import { SeededRandom } from '../../seededRandom.ts';

function takeAll(stream: Buffer, cuts: readonly number[]): { lines: (string | null)[]; tooLong: boolean } {
  const reader = new HubLines();
  const lines: (string | null)[] = [];
  let tooLong = false;
  for (const [n, end] of [...cuts, stream.length].entries()) {
    const taken = reader.take(stream.subarray(n === 0 ? 0 : cuts[n - 1], end));
    lines.push(...taken.lines);
    tooLong = taken.tooLong;
  }
  return { lines, tooLong };
}

describe('HubLines', () => {
  const stream = Buffer.from('{"a":1}\n\n"ü€😀"\r\nlast\nrest without its end');
  const expected = ['{"a":1}', '', '"ü€😀"\r', 'last'];

  it('gives the same lines wherever the stream is cut', () => {
    for (let at = 0; at <= stream.length; at++)
      assert.deepEqual(takeAll(stream, [at]), { lines: expected, tooLong: false });
    const each = Array.from({ length: stream.length }, (_, n) => n);
    assert.deepEqual(takeAll(stream, each), { lines: expected, tooLong: false });
  });

  it('gives null for a line that is not UTF-8, and goes on', () => {
    assert.deepEqual(takeAll(Buffer.from('a\nb\xff\nc\n', 'latin1'), []).lines, ['a', null, 'c']);
  });

  it('takes longer lines from whom that is allowed, in the smallest pieces', () => {
    const reader = new HubLines(200_000);
    const bytes = Buffer.from(`${'x'.repeat(200_000)}\nb\n`);
    const lines: (string | null)[] = [];
    for (const byte of bytes) lines.push(...reader.take(Buffer.of(byte)).lines);
    assert.deepEqual(
      lines.map((line) => line?.length),
      [200_000, 1],
    );
    assert.equal(reader.take(Buffer.alloc(200_001, 'x')).tooLong, true);
  });

  it('takes a line of the most bytes, and none that is longer, however it comes', () => {
    for (const cuts of [[], [1], [1000, MAX_LINE_BYTES - 1], [MAX_LINE_BYTES]]) {
      const longest = Buffer.from(`${'x'.repeat(MAX_LINE_BYTES)}\nb\n`);
      assert.deepEqual(takeAll(longest, cuts).lines.at(-1), 'b');
      const longer = Buffer.from(`a\n${'x'.repeat(MAX_LINE_BYTES + 1)}\nb\n`);
      assert.deepEqual(takeAll(longer, cuts), { lines: ['a'], tooLong: true });
    }
  });

  it('takes nothing more after a line that is too long', () => {
    const reader = new HubLines();
    assert.equal(reader.take(Buffer.alloc(MAX_LINE_BYTES + 1, 'x')).tooLong, true);
    assert.deepEqual(reader.take(Buffer.from('\na\n')), { lines: [], tooLong: true });
  });

  it('random streams in random pieces', () => {
    const seed = randomInt(1_000_000);
    const random = new SeededRandom(seed);
    for (let round = 0; round < 200; round++) {
      const lines = Array.from({ length: random.between(0, 30) }, () => 'é'.repeat(random.between(0, 300)));
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const cuts = Array.from({ length: random.between(0, 20) }, () => random.between(0, bytes.length));
      assert.deepEqual(
        takeAll(
          bytes,
          cuts.sort((a, b) => a - b),
        ),
        { lines, tooLong: false },
        `seed ${seed}`,
      );
    }
  });
});
