import assert from 'node:assert/strict';
import {
  type BitswapMessage,
  decodeMessage,
  EMPTY_MESSAGE,
  encodeMessage,
} from '../../../../../src/engine/protocols/bitswap/bitswapMessage.ts';
import { MessageFramer } from '../../../../../src/engine/protocols/bitswap/messageFramer.ts';
import { encodeVarint, ProtobufError, readVarint } from '../../../../../src/engine/protocols/bitswap/protobuf.ts';
import { forSeeds, type SeededRandom } from '../../seededRandom.ts';

describe('Bitswap messages', () => {
  it('are what the specification draws', () => {
    const want = { cid: Buffer.from([1, 2]), priority: 1, cancel: false, kind: 'block', sendDontHave: true } as const;
    const bytes = Buffer.concat(encodeMessage({ ...EMPTY_MESSAGE, wants: [want] }));
    // length, wantlist (1), entry (1): block (1), priority (2), sendDontHave (5)
    assert.equal(bytes.toString('hex'), '0c0a0a0a080a02010210012801');
    assert.deepEqual(decodeMessage(bytes.subarray(1)).wants, [want]);
  });

  it('reads what others leave out as its default, and passes over what it does not know', () => {
    const unknown = [
      ...encodeVarint(99 * 8),
      5,
      ...encodeVarint(98 * 8 + 2),
      1,
      0,
      ...encodeVarint(97 * 8 + 1),
      ...Buffer.alloc(8),
    ];
    const entry = [0x0a, 1, 7];
    const message = decodeMessage(Uint8Array.from([...unknown, 0x0a, 2 + entry.length, 0x0a, entry.length, ...entry]));
    assert.deepEqual(message.wants, [
      { cid: Uint8Array.from([7]), priority: 0, cancel: false, kind: 'block', sendDontHave: false },
    ]);
    assert.equal(message.isFull, false);
  });

  it('a negative number of ten bytes is read to its end', () => {
    const bytes = Uint8Array.from([...Array(9).fill(0xff), 0x01]);
    assert.equal(readVarint(bytes, 0).end, 10);
    assert.throws(() => readVarint(Uint8Array.from(Array(11).fill(0xff)), 0), ProtobufError);
  });

  it('come out as they went in, however the bytes are cut', () =>
    forSeeds(150, (random) => {
      const messages = Array.from({ length: random.between(1, 5) }, () => randomMessage(random));
      const stream = Buffer.concat(messages.flatMap(encodeMessage));
      const framer = new MessageFramer();
      const decoded: BitswapMessage[] = [];
      for (let at = 0; at < stream.length; ) {
        const end = Math.min(stream.length, at + random.between(1, random.chance(0.3) ? 3 : 4000));
        for (const bytes of framer.push(stream.subarray(at, end))) decoded.push(decodeMessage(bytes));
        at = end;
      }
      assert.deepEqual(decoded.map(plain), messages.map(plain));
    }));

  it('spoilt ones are read or refused, and nothing else', () =>
    forSeeds(400, (random) => {
      const bytes = Buffer.concat(encodeMessage(randomMessage(random)));
      for (let changes = random.between(1, 6); changes > 0 && bytes.length > 0; changes--)
        bytes[random.between(0, bytes.length - 1)] = random.between(0, 255);
      const framer = new MessageFramer();
      try {
        for (const message of framer.push(bytes.subarray(0, random.between(0, bytes.length)))) decodeMessage(message);
      } catch (error) {
        assert.ok(error instanceof ProtobufError, String(error));
      }
    }));

  it('refuses a message that is longer than any may be, before it has come', () => {
    assert.throws(() => new MessageFramer().push(Uint8Array.from(encodeVarint(100 * 1024 * 1024))), ProtobufError);
    assert.throws(() => new MessageFramer().push(Buffer.alloc(10, 0xff)), ProtobufError);
  });

  it('refuses more entries than anybody needs', () => {
    const entry = [0x22, 2, 0x0a, 0];
    assert.throws(() => decodeMessage(Buffer.concat(Array(9000).fill(Uint8Array.from(entry)))), ProtobufError);
  });
});

function randomMessage(random: SeededRandom): BitswapMessage {
  const bytes = (most: number): Buffer => Buffer.alloc(random.between(0, most), random.between(0, 255));
  const list = <T>(make: () => T): T[] => Array.from({ length: random.between(0, 4) }, make);
  return {
    wants: list(() => ({
      cid: bytes(40),
      priority: random.between(0, 2 ** 31 - 1),
      cancel: random.chance(0.5),
      kind: random.pick(['block', 'have'] as const),
      sendDontHave: random.chance(0.5),
    })),
    isFull: random.chance(0.5),
    blocks: list(() => ({ prefix: bytes(8), data: bytes(9000) })),
    presences: list(() => ({ cid: bytes(40), has: random.chance(0.5) })),
    pendingBytes: random.between(0, 2 ** 31 - 1),
  };
}

/** Buffers and arrays of bytes alike. */
function plain(message: BitswapMessage): unknown {
  return JSON.parse(
    JSON.stringify(message, (_key, value) => (value instanceof Uint8Array ? [...value] : value)),
    (_key, value) => (value?.type === 'Buffer' ? value.data : value),
  );
}
