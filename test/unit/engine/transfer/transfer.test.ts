import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { TributaryError } from '../../../../src/contract/errors.ts';
import { IntervalSet } from '../../../../src/engine/transfer/intervalSet.ts';
import { deferred } from '../../../../src/kit/deferred.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { MemoryHasher } from './memoryHasher.ts';
import type { MemoryPart } from './memoryPart.ts';
import { memoryTransfer } from './transferFixture.ts';

const MIB = 1024 * 1024;
const signal = new AbortController().signal;

describe('Transfer', () => {
  it('has written, flushed and counted every byte when it resolves', async () => {
    const { transfer, part, source, chunks } = memoryTransfer({ sizeBytes: 5 * MIB + 3 });
    assert.equal(await transfer.run({ signal }), 5 * MIB + 3);
    assert.ok(part.bytes.equals(source.content));
    assert.ok(part.isSafe([{ start: 0, end: 5 * MIB + 3 }]));
    assert.equal(transfer.progress().receivedBytes, 5 * MIB + 3);
    assert.equal(chunks.filter(({ name }) => name === 'download_chunk_complete').length, 11);
  });

  it('asks for nothing that an earlier run has left', async () => {
    const done = [
      { start: 0, end: MIB },
      { start: 2 * MIB, end: 3 * MIB + 1 },
    ];
    const { transfer, part, source } = memoryTransfer({ sizeBytes: 5 * MIB, done });
    assert.equal(transfer.progress().receivedBytes, 2 * MIB + 1);
    await transfer.run({ signal });
    assert.ok(part.bytes.equals(source.content));
    assert.equal(part.writtenBytes, 3 * MIB - 1);
    const before = new IntervalSet(done);
    for (const { start } of source.reads) {
      assert.ok(![...before].some((item) => item.start <= start && start < item.end), `${start} was there already`);
    }
  });

  it('resolves at once when everything is there', async () => {
    const { transfer, source } = memoryTransfer({ sizeBytes: 1000, done: [{ start: 0, end: 1000 }] });
    assert.equal(await transfer.run({ signal }), 1000);
    assert.deepEqual(source.reads, []);
  });

  it('leaves an exact record when it is stopped: all that was received, none of it unflushed', async () => {
    const abort = new AbortController();
    const fixture = memoryTransfer({
      sizeBytes: 9 * MIB,
      script: async ({ number, give, hang }) => {
        await give(number * 1000 + 70_000);
        if (number === 3) abort.abort('paused');
        await hang();
      },
      saveRecord: async (done) => assert.ok(fixture.part.isSafe(done), 'the record promises what was not flushed'),
    });
    assert.equal(await rejection(fixture.transfer.run({ signal: abort.signal })), 'paused');
    assert.deepEqual(fixture.records.at(-1), [...fixture.part.written]);
    assert.equal(fixture.transfer.progress().receivedBytes, fixture.part.written.length);
    assert.equal(fixture.part.buffers.lent, 0);
  });

  it('writes records while it runs, which hold what was received but fills no buffer yet', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const fixture = memoryTransfer({
      sizeBytes: MIB,
      script: async ({ number, give }) => {
        // Whoever comes to help waits, too.
        if (number === 0) await give(1234);
        await gate;
      },
      saveRecord: async (done) => assert.ok(fixture.part.isSafe(done), 'the record promises what was not flushed'),
    });
    const ended = fixture.transfer.run({ signal });
    await waitFor('a record with the first bytes', () =>
      fixture.records.some((done) => done.some(({ end }) => end === 1234)),
    );
    release();
    await ended;
    assert.ok(fixture.part.bytes.equals(fixture.source.content));
  });

  it('fails when a record cannot be written', async () => {
    const { transfer } = memoryTransfer({
      sizeBytes: MIB,
      script: ({ hang }) => hang(),
      saveRecord: () => Promise.reject(new TributaryError('disk-full', { path: '/x' })),
    });
    assertCode(await rejection(transfer.run({ signal })), 'disk-full');
  });

  it('does not resolve when a flush failed just as the last byte came: the system tells of lost pages only once', async () => {
    let flushing = (): void => {};
    const flushBegan = new Promise<void>((resolve) => {
      flushing = resolve;
    });
    const fixture = memoryTransfer({ sizeBytes: 1000, script: () => flushBegan });
    fixture.part.onFlush = async () => {
      if (fixture.part.flushes > 1) return;
      flushing();
      await waitFor('the last byte', () => fixture.part.writtenBytes === 1000);
      for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
      throw new TributaryError('disk-error', { path: '/x', reason: 'EIO' });
    };
    assertCode(await rejection(fixture.transfer.run({ signal })), 'disk-error');
  });

  it('does not resolve either when that becomes known at whatever moment of its end', async function () {
    this.timeout(120_000);
    await Promise.all(
      Array.from({ length: 60 }, async (_, moments) => {
        const flushBegan = deferred<void>();
        const lastByte = deferred<void>();
        const fixture = memoryTransfer({ sizeBytes: 1000, script: () => flushBegan.promise });
        fixture.part.onWrite = () => lastByte.resolve();
        fixture.part.onFlush = async () => {
          if (fixture.part.flushes > 1) return;
          flushBegan.resolve();
          await lastByte.promise;
          for (let n = 0; n < moments; n++) await null;
          throw new TributaryError('disk-error', { path: '/x', reason: 'EIO' });
        };
        assertCode(await rejection(fixture.transfer.run({ signal })), 'disk-error');
      }),
    );
  });

  it('never promises again what a failed flush may have lost, though the next flush succeeds', async () => {
    const fixture = memoryTransfer({
      sizeBytes: MIB,
      script: async ({ give, hang }) => {
        await give(1234);
        await hang();
      },
    });
    fixture.part.onFlush = async () => {
      if (fixture.part.flushes === 1) throw new TributaryError('disk-error', { path: '/x', reason: 'EIO' });
    };
    assertCode(await rejection(fixture.transfer.run({ signal })), 'disk-error');
    assert.deepEqual(fixture.records.at(-1) ?? [], [], 'these bytes were never safe');
  });

  it('never reports more than the file has, nor a time below zero', async () => {
    let worst = 0;
    const fixture = memoryTransfer({
      sizeBytes: 12 * MIB,
      script: () => {
        worst = Math.max(worst, fixture.transfer.progress().receivedBytes);
        assert.ok((fixture.transfer.progress().secondsLeft ?? 0) >= 0);
      },
    });
    await fixture.transfer.run({ signal });
    assert.ok(worst <= 12 * MIB);
  });
});

describe('Transfer of one stream', () => {
  it('finds the size of a file that tells none at its end', async () => {
    const { transfer, part, source, chunks } = memoryTransfer({ sizeBytes: 700_000, told: null, ranges: false });
    assert.equal(transfer.progress().secondsLeft, null);
    assert.equal(await transfer.run({ signal }), 700_000);
    assert.ok(part.bytes.equals(source.content));
    assert.deepEqual(
      source.reads.map(({ start, end }) => [start, end]),
      [[0, Number.POSITIVE_INFINITY]],
    );
    assert.equal(chunks.filter(({ name }) => name === 'download_chunk_complete').length, 2);
  });

  for (const told of [null, 700_000]) {
    it(`starts from the first byte after a failure, ${told === null ? 'size unknown' : 'size known'}, and counts once`, async () => {
      const { transfer, part, source } = memoryTransfer({
        sizeBytes: 700_000,
        told,
        ranges: false,
        versioned: false,
        script: async ({ number, give }) => {
          if (number > 0) return;
          await give(500_000);
          throw new TributaryError('connection-lost');
        },
      });
      assert.equal(await transfer.run({ signal }), 700_000);
      assert.ok(part.bytes.equals(source.content));
      assert.deepEqual(
        source.reads.map(({ start }) => start),
        [0, 0],
      );
      assert.equal(transfer.progress().receivedBytes, 700_000);
    });
  }

  it('opens one lane at a time and closes each', async () => {
    const { transfer, source } = memoryTransfer({
      sizeBytes: 1000,
      ranges: false,
      script: ({ number, readers }) => {
        assert.equal(readers, 1);
        if (number === 0) throw new TributaryError('idle-timeout');
      },
    });
    await transfer.run({ signal });
    assert.equal(source.lanes, 2);
    assert.equal(source.openLanes, 0);
  });

  it('fails at once with what is not worth another attempt', async () => {
    const { transfer, source } = memoryTransfer({
      sizeBytes: 1000,
      ranges: false,
      script: () => {
        throw new TributaryError('file-changed', { host: 'h' });
      },
    });
    assertCode(await rejection(transfer.run({ signal })), 'file-changed');
    assert.equal(source.openLanes, 0);
  });

  it('takes the place of ranges that the server has lost midway', async () => {
    const { transfer, part, source } = memoryTransfer({
      sizeBytes: 6 * MIB,
      script: ({ number, range }) => {
        if (number > 3 && range.start > 0) throw new TributaryError('range-ignored', { host: 'h' });
      },
    });
    assert.equal(await transfer.run({ signal }), 6 * MIB);
    assert.ok(part.bytes.equals(source.content));
    assert.equal(transfer.progress().receivedBytes, 6 * MIB);
  });

  it('is of the source that has lost its ranges, not of one that is gone', async () => {
    const { transfer, part, sources } = memoryTransfer({
      sizeBytes: 6 * MIB,
      script: () => {
        throw new TributaryError('not-found', { host: 'h', status: 404 });
      },
      mirrors: [
        ({ range }) => {
          if (range.start > 0) throw new TributaryError('range-ignored', { host: 'h' });
        },
      ],
    });
    assert.equal(await transfer.run({ signal }), 6 * MIB);
    assert.ok(part.bytes.equals(sources[1]?.content ?? Buffer.alloc(0)));
  });

  it('completes each chunk once when it writes over what ranges had brought, and never counts above the size', async () => {
    let worst = 0;
    const fixture = memoryTransfer({
      sizeBytes: 6 * MIB,
      script: ({ number, range }) => {
        worst = Math.max(worst, fixture.transfer.progress().receivedBytes);
        if (number > 3 && range.start > 0) throw new TributaryError('range-ignored', { host: 'h' });
      },
    });
    fixture.part.onWrite = () => {
      worst = Math.max(worst, fixture.transfer.progress().receivedBytes);
    };
    await fixture.transfer.run({ signal });
    assert.ok(worst <= 6 * MIB, `${worst} bytes of ${6 * MIB}`);
    const complete = fixture.chunks.filter(({ name }) => name === 'download_chunk_complete');
    assert.equal(new Set(complete.map(({ payload }) => payload.chunk_index)).size, 12);
    assert.equal(complete.length, 12, 'a chunk was complete twice');
  });

  it('mixes no bytes of two answers into one record when there is nothing that tells versions apart', async () => {
    const abort = new AbortController();
    let streaming = false;
    const fixture = memoryTransfer({
      sizeBytes: 6 * MIB,
      versioned: false,
      script: async ({ number, range, give, hang }) => {
        if (range.end - range.start < 6 * MIB) {
          // The first ranges bring something, then the server forgets how to give ranges.
          if (number < 2) await give(300_000);
          throw new TributaryError('range-ignored', { host: 'h' });
        }
        streaming = true;
        await give(5000);
        abort.abort('paused');
        await hang();
      },
    });
    assert.equal(await rejection(fixture.transfer.run({ signal: abort.signal })), 'paused');
    assert.equal(streaming, true);
    assert.deepEqual(fixture.records.at(-1), [{ start: 0, end: 5000 }]);
  });
});

describe('Transfer with a hash beside it', () => {
  /** As the thread does it: bytes are hashed when they come, and never looked at again. */
  class HashBeside extends MemoryHasher {
    readonly #part: MemoryPart;
    #hash = createHash('sha256');
    #told = 0;

    constructor(part: MemoryPart) {
      super(part);
      this.#part = part;
    }

    override advance(end: number): void {
      if (end > this.#told) this.#hash.update(this.#part.bytes.subarray(this.#told, end));
      this.#told = Math.max(this.#told, end);
    }

    override restart(): void {
      this.#hash = createHash('sha256');
      this.#told = 0;
    }

    finish(): string {
      this.advance(this.#part.bytes.length);
      return this.#hash.digest('hex');
    }
  }

  it('has what was hashed in its file, though the loser of a race brings other bytes behind that', async function () {
    this.timeout(30_000);
    const sizeBytes = 3 * MIB;
    const begun = 300_000;
    const raced = deferred<void>();
    const other = deferred<void>();
    let hasher: HashBeside | undefined;
    const fixture = memoryTransfer({
      sizeBytes,
      script: async ({ number, give, hang }) => {
        if (number > 0) await hang();
        await give(begun);
        await raced.promise;
        await give(50_000);
        other.resolve();
        await hang();
      },
      mirrors: [
        async ({ range }) => {
          // By the first record.
          await waitFor('what came before the race to be written', () => fixture.part.written.first?.end === begun);
          if (range.start !== begun) return;
          raced.resolve();
          await other.promise;
        },
      ],
      hasherOf: (part) => {
        hasher = new HashBeside(part);
        return hasher;
      },
    });
    fixture.source.content.fill(0, begun, begun + 50_000);
    await fixture.transfer.run({ signal });
    assert.ok(
      fixture.sources[1]?.reads.some(({ start }) => start === begun),
      'there was a race',
    );
    assert.equal(hasher?.finish(), createHash('sha256').update(fixture.part.bytes).digest('hex'));
  });
});
