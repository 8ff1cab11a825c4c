import assert from 'node:assert/strict';
import { TributaryError } from '../../../../../src/contract/errors.ts';
import { ChunkedBody } from '../../../../../src/engine/protocols/http/chunkedBody.ts';
import { forSeeds, type SeededRandom } from '../../seededRandom.ts';
import { mutate } from '../mutate.ts';

interface Outcome {
  readonly data: string;
  readonly state: 'complete' | 'incomplete' | 'refused';
  /** Behind the end. */
  readonly rest: string;
}

/** Reads a text that comes in pieces that end at these places, as a connection does. */
function decode(text: string, cuts: readonly number[] = []): Outcome {
  const bytes = Buffer.from(text, 'latin1');
  const body = new ChunkedBody();
  let data = '';
  let taken = 0;
  try {
    for (const received of [...cuts, bytes.length]) {
      for (let count = 1; count > 0; taken += count) {
        const waiting = bytes.subarray(taken, received);
        count = Math.min(waiting.length, body.dataBytes);
        if (count === 0) {
          count = body.takeFraming(waiting);
        } else {
          data += waiting.toString('latin1', 0, count);
          body.takeData(count);
        }
      }
    }
  } catch (error) {
    assert.ok(error instanceof TributaryError && error.code === 'bad-response', String(error));
    return { data, state: 'refused', rest: '' };
  }
  const rest = bytes.toString('latin1', taken);
  return body.isComplete ? { data, state: 'complete', rest } : { data, state: 'incomplete', rest: '' };
}

/** The grammar of RFC 9112 §7.1 as patterns over the whole text; the machine must agree with it. */
function decodeByPatterns(text: string): Outcome {
  let data = '';
  for (let at = 0; ; ) {
    const size = /^([0-9a-f]{1,300})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n/i.exec(text.slice(at));
    if (size === null) return { data, state: 'refused', rest: '' };
    at += size[0].length;
    const length = Number.parseInt(size[1] ?? '', 16);
    if (length === 0) {
      const end = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n/.exec(text.slice(at));
      if (end === null) return { data, state: 'refused', rest: '' };
      return { data, state: 'complete', rest: text.slice(at + end[0].length) };
    }
    data += text.slice(at, at + length);
    at += length;
    if (text.slice(at, at + 2) !== '\r\n') return { data, state: 'refused', rest: '' };
    at += 2;
  }
}

/** A body in chunks, with whatever may stand beside the data. */
function randomChunks(random: SeededRandom): string {
  let text = '';
  for (let chunks = random.between(0, 5); chunks > 0; chunks--) {
    const data = Array.from({ length: random.between(1, 30) }, () => String.fromCharCode(random.between(0, 255)));
    const size = data.length.toString(16);
    const beside = random.pick(['', '', ' ', ';a=b', ' ; a="b;c"', ';']);
    text += `${random.pick(['', '0', '000'])}${random.pick([size, size.toUpperCase()])}${beside}\r\n${data.join('')}\r\n`;
  }
  return `${text}${random.pick(['0', '0000', '0;x'])}\r\n${random.pick(['', 'A: b\r\n', 'A:\r\nB-C: \t d \r\n'])}\r\n`;
}

describe('ChunkedBody', () => {
  const whole: [what: string, text: string, data: string][] = [
    ['one chunk', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['two chunks', '5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n', 'hello world'],
    ['nothing', '0\r\n\r\n', ''],
    ['a size in capitals', 'A\r\n0123456789\r\n0\r\n\r\n', '0123456789'],
    ['zeros before a size', '0000000000000000000005\r\nhello\r\n000\r\n\r\n', 'hello'],
    ['white space behind a size', '5  \t\r\nhello\r\n0 \r\n\r\n', 'hello'],
    ['extensions', '5;a\r\nhello\r\n5 ; a = "b;c" ; d\r\nworld\r\n0;e\r\n\r\n', 'helloworld'],
    ['trailers', '5\r\nhello\r\n0\r\nA: b\r\nX-Y:\r\n\r\n', 'hello'],
    ['line breaks in the data', '4\r\n\r\n\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n', '\r\n\r\n0\r\n\r\n'],
    ['as much besides as is borne', `1;${'x'.repeat(16_000)}\r\na\r\n0\r\nA: ${'y'.repeat(16_000)}\r\n\r\n`, 'a'],
  ];
  for (const [what, text, data] of whole) {
    it(`reads ${what}, cut anywhere, and nothing behind the end`, () => {
      for (const more of ['', 'HTTP/1.1 200 OK', '\r\n']) {
        const expected = { data, state: 'complete', rest: more };
        assert.deepEqual(decode(text + more), expected);
        const every = text.length < 1000 ? 1 : 997;
        for (let cut = 0; cut < text.length; cut += every) assert.deepEqual(decode(text + more, [cut]), expected);
      }
      assert.deepEqual(
        decode(
          text,
          Array.from(text, (_, at) => at),
        ),
        { data, state: 'complete', rest: '' },
      );
    });
  }

  it('is incomplete before its very last byte', () => {
    const text = '5;x\r\nhello\r\n0\r\nA: b\r\n\r\n';
    for (let length = 0; length < text.length; length++)
      assert.equal(decode(text.slice(0, length)).state, 'incomplete');
  });

  const refused: [what: string, text: string][] = [
    ['no size', '\r\nhello'],
    ['an extension without a size', ';a\r\n'],
    ['a size that is no number', 'g\r\n'],
    ['a size with a sign', '-5\r\n'],
    ['a size with a prefix', '0x5\r\nhello'],
    ['a size behind white space', ' 5\r\nhello'],
    ['two sizes', '5 5\r\nhello'],
    ['a size over 2^53', '20000000000000\r\n'],
    ['a size that would wrap round 2^64', '10000000000000005\r\nhello'],
    ['a line feed alone behind the size', '5\nhello'],
    ['a carriage return alone behind the size', '5\rhello'],
    ['a line feed alone behind an extension', '5;a\nhello'],
    ['a carriage return within an extension', '5;a\rb\r\nhello'],
    ['a zero byte within an extension', '5;\0\r\nhello'],
    ['data that is longer than its size', '5\r\nhello!\r\n0\r\n\r\n'],
    ['a line feed alone behind the data', '5\r\nhello\n0\r\n\r\n'],
    ['a carriage return alone behind the data', '5\r\nhello\r0\r\n\r\n'],
    ['a line feed alone at the end', '0\r\n\n'],
    ['a line feed alone behind a trailer', '0\r\nA: b\n\r\n'],
    ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n'],
    ['a trailer without a name', '0\r\n: b\r\n\r\n'],
    ['a trailer without a colon', '0\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['too long an extension', `5;${'x'.repeat(16_384)}`],
    ['too many digits', '0'.repeat(16_385)],
    ['too many trailers', `0\r\n${'A: b\r\n'.repeat(3000)}`],
  ];
  for (const [what, text] of refused) {
    it(`refuses ${what}, wherever it is cut`, () => {
      assert.equal(decode(text).state, 'refused');
      assert.equal(
        decode(
          text,
          Array.from(text, (_, at) => at),
        ).state,
        'refused',
      );
    });
  }

  it('does not end with the connection', () => {
    const body = new ChunkedBody();
    body.connectionEnded();
    assert.equal(body.isComplete, false);
  });

  it('reads what may be sent, and refuses what is broken, as the grammar says and however it is cut', async () => {
    const counts = { complete: 0, incomplete: 0, refused: 0 };
    await forSeeds(4000, (random) => {
      const honest = randomChunks(random);
      const text = random.chance(0.3) ? honest : mutate(honest, random, ['\r\n', '\n', '0', 'f', ';', ':', '\r\n\r\n']);
      const bytes = Buffer.from(text, 'latin1').toString('latin1');
      const outcome = decode(bytes);
      counts[outcome.state]++;
      const expected = decodeByPatterns(bytes);
      // What is cut off before it is wrong or complete is neither to the machine.
      if (outcome.state !== 'incomplete') assert.deepEqual(outcome.state, expected.state, JSON.stringify(bytes));
      else assert.equal(expected.state, 'refused', JSON.stringify(bytes));
      if (outcome.state === 'complete') assert.deepEqual(outcome, expected);
      for (let times = 0; times < 5; times++) {
        const cuts = Array.from({ length: random.between(1, 20) }, () => random.between(0, bytes.length));
        const again = decode(
          bytes,
          cuts.sort((a, b) => a - b),
        );
        assert.deepEqual(again, outcome);
      }
    });
    assert.ok(counts.complete > 1000 && counts.refused > 500 && counts.incomplete > 100, JSON.stringify(counts));
  });
});
