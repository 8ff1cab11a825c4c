import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MessageFramer } from '../../../../../src/engine/protocols/bitswap/messageFramer.ts';
import { encodeVarint } from '../../../../../src/engine/protocols/bitswap/protobuf.ts';

const READ_BYTES = 64 * 1024;

describe('MessageFramer', () => {
  const messages = [0, 1, 127, 128, 5000, 70_000].map((length, n) => Buffer.alloc(length, `${n}`));
  const stream = Buffer.concat(messages.flatMap((message) => [Buffer.from(encodeVarint(message.length)), message]));

  for (const step of [1, 2, 63, 1000, stream.length]) {
    it(`gives every message of a stream that comes ${step} bytes at a time`, () => {
      const framer = new MessageFramer();
      const found: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += step) found.push(...framer.push(stream.subarray(at, at + step)));
      assert.deepEqual(
        found.map((message) => Buffer.from(message)),
        messages,
      );
    });
  }

  it('keeps no memory of the connection that holds a byte of a message each', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    // Memory of buffers is given back beside the collection.
    const collect = async (): Promise<void> => {
      for (let n = 0; n < 5; n++) {
        gc();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const framer = new MessageFramer();
    framer.push(Uint8Array.from(encodeVarint(1024 * 1024)));
    await collect();
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 1000; n++) framer.push(Buffer.alloc(READ_BYTES).subarray(0, 1));
    await collect();
    const kept = process.memoryUsage().arrayBuffers - before;
    assert.ok(kept < 100 * READ_BYTES, `${Math.round(kept / READ_BYTES)} reads are kept`);
    assert.deepEqual(framer.push(Buffer.alloc(1024 * 1024 - 1000)).length, 1);
  });
});
