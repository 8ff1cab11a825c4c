import assert from 'node:assert/strict';
import { TributaryError } from '../../../../src/contract/errors.ts';
import { RangeSink } from '../../../../src/engine/disk/rangeSink.ts';
import { BUFFER_BYTES } from '../../../../src/engine/disk/writeBuffers.ts';
import { IntervalSet } from '../../../../src/engine/transfer/intervalSet.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { forSeeds, type SeededRandom } from '../seededRandom.ts';
import { CountingBuffers } from './countingBuffers.ts';

const signal = new AbortController().signal;

/** A disk in memory whose writes end when they are told to, in any order. */
class MemoryDisk {
  readonly bytes: Buffer;
  readonly pending: { end: () => void; fail: (error: unknown) => void }[] = [];
  writes = 0;

  constructor(size: number) {
    this.bytes = Buffer.alloc(size);
  }

  readonly write = (bytes: Uint8Array, position: number): Promise<void> => {
    this.writes++;
    return new Promise((resolve, reject) => {
      this.pending.push({
        // As a thread does it: the memory is read at some time before the write ends.
        end: () => {
          this.bytes.set(bytes, position);
          resolve();
        },
        fail: reject,
      });
    });
  };

  endOne(random: SeededRandom): void {
    const [write] = this.pending.splice(random.between(0, this.pending.length - 1), 1);
    write?.end();
  }

  endAll(): void {
    for (const write of this.pending.splice(0)) write.end();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function expectedByte(position: number): number {
  return (position * 7 + (position >> 9) * 3 + 1) & 0xff;
}

describe('RangeSink', () => {
  function open(
    start: number,
    end: number,
    disk: MemoryDisk,
  ): { sink: RangeSink; buffers: CountingBuffers; written: IntervalSet } {
    const buffers = new CountingBuffers();
    const written = new IntervalSet();
    const onWritten = (from: number, to: number): void => {
      const before = written.length;
      written.add(from, to);
      assert.equal(written.length - before, to - from, 'a byte was counted twice');
    };
    return { sink: new RangeSink({ start, end }, { write: disk.write, buffers, onWritten }), buffers, written };
  }

  function fill(sink: RangeSink, count: number): boolean {
    const memory = sink.lend();
    const take = Math.min(count, memory.length);
    for (let i = 0; i < take; i++) memory[i] = expectedByte(sink.position + i);
    return sink.filled(take);
  }

  it('lends no more than the range takes, and never nothing', () => {
    const { sink } = open(10, 110, new MemoryDisk(200));
    assert.equal(sink.lend().length, 100);
    fill(sink, 99);
    assert.equal(sink.lend().length, 1);
    assert.equal(sink.remaining, 1);
    assert.equal(sink.position, 109);
  });

  it('makes one write of a full buffer, whatever the sizes it was filled by', async () => {
    const disk = new MemoryDisk(2 * BUFFER_BYTES);
    const { sink, written } = open(0, 2 * BUFFER_BYTES, disk);
    while (sink.position < BUFFER_BYTES - 1) fill(sink, 60_000);
    fill(sink, 1);
    assert.equal(disk.writes, 1);
    assert.equal(written.length, 0, 'bytes count when they are written');
    disk.endAll();
    await turn();
    assert.equal(written.length, BUFFER_BYTES);
  });

  it('puts every byte in its place and counts it once, whatever is filled, drained, cut and written when', async () => {
    await forSeeds(60, async (random) => {
      const start = random.between(0, 5000);
      const length = random.pick([1, 100, BUFFER_BYTES, BUFFER_BYTES + 1, random.between(1, 3 * BUFFER_BYTES)]);
      const disk = new MemoryDisk(start + length + 100);
      const { sink, buffers, written } = open(start, start + length, disk);
      const drains: Promise<void>[] = [];
      let end = start + length;
      while (sink.remaining > 0) {
        const action = random.next();
        if (action < 0.1) drains.push(sink.drain());
        else if (action < 0.3 && disk.pending.length > 0) disk.endOne(random);
        else if (action < 0.35) await turn();
        else {
          // A read is on its way into lent memory while others drain and cut.
          const memory = sink.lend();
          const { position } = sink;
          if (random.chance(0.1)) drains.push(sink.drain());
          if (random.chance(0.05)) {
            end = sink.position + random.between(1, sink.remaining);
            sink.shrinkTo(end);
          }
          const count = random.between(1, random.chance(0.5) ? Math.min(memory.length, 3000) : memory.length);
          for (let i = 0; i < count; i++) memory[i] = expectedByte(position + i);
          if (!sink.filled(count)) {
            const ready = sink.ready({ signal });
            disk.endOne(random);
            await turn();
            while (disk.pending.length > 15) disk.endOne(random);
            await ready;
          }
        }
      }
      drains.push(sink.drain());
      while (disk.pending.length > 0) {
        disk.endOne(random);
        if (random.chance(0.3)) await turn();
      }
      await Promise.all(drains);
      sink.close();
      await turn();
      assert.equal(buffers.lent, 0, 'a buffer was not given back');
      assert.equal(buffers.congested, false);
      assert.equal(sink.position, end, 'it took what lies beyond its end');
      assert.deepEqual([...written], [{ start, end }]);
      for (let i = 0; i < disk.bytes.length; i++) {
        const wanted = i >= start && i < sink.position ? expectedByte(i) : 0;
        if (disk.bytes[i] !== wanted) assert.fail(`byte ${i} is ${disk.bytes[i]}, not ${wanted}`);
      }
    });
  });

  it('keeps memory while a part of it is being written, also when the range ends at what was received', async () => {
    const disk = new MemoryDisk(1000);
    const { sink, buffers } = open(0, 1000, disk);
    fill(sink, 100);
    const drained = sink.drain();
    const memory = sink.lend();
    sink.shrinkTo(100);
    memory[0] = 1;
    sink.filled(1);
    assert.equal(buffers.lent, 1, 'given back under the hands of a write');
    disk.endAll();
    await drained;
    sink.close();
    await turn();
    assert.equal(buffers.lent, 0);
    for (let i = 0; i < 100; i++) assert.equal(disk.bytes[i], expectedByte(i));
  });

  it('takes nothing beyond a cut, and is never cut below what it has', () => {
    const { sink } = open(0, 1000, new MemoryDisk(1000));
    fill(sink, 300);
    sink.shrinkTo(100);
    assert.equal(sink.remaining, 0);
    assert.equal(sink.position, 300);
    sink.shrinkTo(900);
    assert.equal(sink.remaining, 0, 'a range does not grow');
  });

  it('has no end when that is unknown', () => {
    const { sink } = open(0, Number.POSITIVE_INFINITY, new MemoryDisk(10));
    assert.equal(sink.remaining, Number.POSITIVE_INFINITY);
    assert.equal(sink.lend().length, BUFFER_BYTES);
  });

  it('waits in drain for all that was received, and needs no write for nothing', async () => {
    const disk = new MemoryDisk(1000);
    const { sink, written } = open(0, 1000, disk);
    await sink.drain();
    fill(sink, 10);
    const drained = sink.drain();
    fill(sink, 20);
    disk.endAll();
    await drained;
    assert.deepEqual([...written], [{ start: 0, end: 10 }]);
    const again = sink.drain();
    assert.equal(disk.writes, 2);
    disk.endAll();
    await again;
    assert.deepEqual([...written], [{ start: 0, end: 30 }]);
    await sink.drain();
    assert.equal(disk.writes, 2);
  });

  it('asks for a pause when the disk is behind, and goes on when a write has ended', async () => {
    const disk = new MemoryDisk(20 * BUFFER_BYTES);
    const { sink, buffers } = open(0, 20 * BUFFER_BYTES, disk);
    let goOn = true;
    while (goOn) goOn = fill(sink, BUFFER_BYTES);
    assert.equal(disk.pending.length, 16);
    assert.equal(buffers.congested, true);
    const abort = new AbortController();
    const aborted = rejection(sink.ready({ signal: abort.signal }));
    const ready = sink.ready({ signal });
    abort.abort('paused');
    assert.equal(await aborted, 'paused');
    disk.pending.shift()?.end();
    await ready;
    assert.equal(buffers.congested, false);
    disk.endAll();
    await sink.drain();
  });

  it('tells of the first failure to whoever fills, waits or drains, and counts nothing of it', async () => {
    const disk = new MemoryDisk(1000);
    const { sink, buffers, written } = open(0, 1000, disk);
    fill(sink, 100);
    const drained = rejection(sink.drain());
    disk.pending.shift()?.fail(new TributaryError('disk-full', { path: '/x' }));
    assertCode(await drained, 'disk-full');
    assert.equal(fill(sink, 10), false);
    assertCode(await rejection(sink.ready({ signal })), 'disk-full');
    const again = rejection(sink.drain());
    disk.endAll();
    assertCode(await again, 'disk-full');
    sink.close();
    await turn();
    assert.equal(buffers.lent, 0);
    assert.ok(![...written].some(({ start }) => start < 100));
  });

  it('keeps memory that somebody else reads, and waits when they are far behind', async () => {
    const size = 40 * BUFFER_BYTES;
    const disk = new MemoryDisk(size);
    const buffers = new CountingBuffers();
    const readers: (() => void)[] = [];
    const sink = new RangeSink(
      { start: 0, end: size },
      {
        write: disk.write,
        buffers,
        onWritten: () => {},
        alsoRead: (bytes, position) =>
          new Promise((resolve) => {
            readers.push(() => {
              for (const n of [0, bytes.length - 1]) assert.equal(bytes[n], expectedByte(position + n));
              resolve();
            });
          }),
      },
    );
    let filled = 0;
    while (fill(sink, BUFFER_BYTES)) {
      filled++;
      disk.endAll();
      await turn();
    }
    assert.ok(filled > 10 && readers.length === filled + 1, `${filled} buffers, ${readers.length} readers`);
    disk.endAll();
    await turn();
    assert.equal(buffers.lent, readers.length);
    const ready = sink.ready({ signal });
    readers.shift()?.();
    await ready;
    for (const read of readers) read();
    await sink.drain();
    sink.close();
    await turn();
    assert.equal(buffers.lent, 0);
  });

  it('gives its memory back once, however often it is closed', async () => {
    const { sink, buffers } = open(0, 1000, new MemoryDisk(1000));
    sink.close();
    sink.lend();
    assert.equal(buffers.lent, 1);
    sink.close();
    sink.close();
    assert.equal(buffers.lent, 0);
  });
});
