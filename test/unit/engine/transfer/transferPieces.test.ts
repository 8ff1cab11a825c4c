import assert from 'node:assert/strict';
import { TributaryError } from '../../../../src/contract/errors.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { forSeeds } from '../seededRandom.ts';
import { gone } from './answeringSource.ts';
import { MemoryHasher, piecesOf } from './memoryHasher.ts';
import { type ReadScript, ScriptedSource } from './scriptedSource.ts';
import { memoryTransfer, notTooFast, type TransferFixture } from './transferFixture.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const signal = new AbortController().signal;
const honest: ReadScript = () => {};

interface PiecesFixture extends TransferFixture {
  readonly hasher: MemoryHasher;
  /** What the file should be. */
  readonly right: Buffer;
}

function withPieces(
  init: { sizeBytes: number; pieceBytes: number } & Partial<Parameters<typeof memoryTransfer>[0]>,
): PiecesFixture {
  const right = new ScriptedSource(init.sizeBytes).content;
  const hashers: MemoryHasher[] = [];
  const fixture = memoryTransfer({
    ...init,
    pieces: piecesOf(right, init.pieceBytes),
    hasherOf: (part) => {
      const hasher = new MemoryHasher(part);
      hashers.push(hasher);
      return hasher;
    },
  });
  const [hasher] = hashers;
  assert.ok(hasher !== undefined);
  return { ...fixture, hasher, right };
}

/** From now on the source gives other bytes there. */
function spoil(source: ScriptedSource | undefined, start: number, end: number): void {
  assert.ok(source !== undefined);
  for (let at = start; at < end; at++) source.content[at] = (source.content[at] ?? 0) ^ 0xff;
}

function assertRight({ part, right, transfer, records }: PiecesFixture): void {
  assert.ok(part.bytes.equals(right), 'a byte is wrong');
  assert.equal(transfer.piecesRight, true);
  assert.equal(transfer.progress().receivedBytes, right.length);
  assert.ok(part.isSafe([{ start: 0, end: right.length }]));
  for (const done of records) assert.ok(done.every(({ end }) => end <= right.length));
}

describe('Transfer with pieces', () => {
  it('knows in the end that every piece is right, the short last one too', async () => {
    const fixture = withPieces({ sizeBytes: 5 * MIB + 3, pieceBytes: 512 * KIB });
    assert.equal(fixture.transfer.piecesRight, false);
    assert.equal(await fixture.transfer.run({ signal }), 5 * MIB + 3);
    assertRight(fixture);
    assert.equal(fixture.hasher.digests, 11);
    assert.equal(fixture.hasher.advanced, 5 * MIB + 3);
  });

  it('fetches a wrong piece from somebody else, and only that', async () => {
    const fixture = withPieces({ sizeBytes: 8 * MIB, pieceBytes: MIB, mirrors: [honest] });
    // Where the first source begins: whatever is taken from it, this byte is not.
    spoil(fixture.source, 5, 6);
    await fixture.transfer.run({ signal });
    assertRight(fixture);
    // Once, or some times more when several had a part in it.
    const again = fixture.part.writtenBytes - 8 * MIB;
    assert.ok(again > 0 && again <= 3 * MIB && again % MIB === 0, `${again} bytes came again`);
  });

  it('tells of the chunks that begin again', async () => {
    const fixture = withPieces({ sizeBytes: 4 * MIB, pieceBytes: MIB, mirrors: [honest] });
    for (const { content } of fixture.sources.slice(0, 1)) content.fill(0, MIB, 2 * MIB);
    await fixture.transfer.run({ signal });
    const of = (name: string): number => fixture.chunks.filter((chunk) => chunk.name === name).length;
    assertRight(fixture);
    assert.equal(of('download_chunk_complete') - of('download_chunk_failed'), 8);
    assert.equal(of('download_chunk_failed') % 2, 0);
  });

  it('gives up a source that is wrong again and again, and finishes with the other', async () => {
    const fixture = withPieces({ sizeBytes: 16 * MIB, pieceBytes: 256 * KIB, mirrors: [honest] });
    spoil(fixture.source, 0, 16 * MIB);
    await fixture.transfer.run({ signal });
    assertRight(fixture);
    assert.deepEqual(
      fixture.supply.failures.map(([source, { code }]) => [source, code]),
      [[fixture.source, 'wrong-content']],
    );
  });

  it('fails with wrong-content when the only source is wrong, and keeps what is right', async () => {
    const fixture = withPieces({ sizeBytes: 4 * MIB, pieceBytes: MIB });
    spoil(fixture.source, 2 * MIB + 7, 2 * MIB + 8);
    assertCode(await rejection(fixture.transfer.run({ signal })), 'wrong-content');
    const kept = fixture.records.at(-1) ?? [];
    assert.ok(
      kept.every(({ start, end }) => end <= 2 * MIB || start >= 3 * MIB),
      `the record promises a wrong piece: ${JSON.stringify(kept)}`,
    );
    assert.equal(fixture.source.openLanes, 0);
    assert.equal(fixture.part.buffers.lent, 0);
  });

  it('checks what an earlier run has left, and fetches what is wrong of it', async () => {
    const fixture = withPieces({ sizeBytes: 6 * MIB, pieceBytes: MIB, done: [{ start: 0, end: 4 * MIB + 5 }] });
    const byte = fixture.part.bytes[MIB + 1] ?? 0;
    fixture.part.bytes[MIB + 1] = byte ^ 0xff;
    await fixture.transfer.run({ signal });
    assertRight(fixture);
    assert.equal(fixture.part.writtenBytes, 3 * MIB - 5);
  });

  it('needs no source when an earlier run has left everything', async () => {
    const fixture = withPieces({ sizeBytes: MIB, pieceBytes: 256 * KIB, done: [{ start: 0, end: MIB }] });
    await fixture.transfer.run({ signal });
    assertRight(fixture);
    assert.deepEqual(fixture.source.reads, []);
  });

  it('stops when a piece cannot be read', async () => {
    const fixture = withPieces({ sizeBytes: 4 * MIB, pieceBytes: MIB });
    fixture.hasher.digest = () => Promise.reject(new TributaryError('file-missing', { path: '/x' }));
    assertCode(await rejection(fixture.transfer.run({ signal })), 'file-missing');
    assert.equal(fixture.source.openLanes, 0);
  });

  it('is stopped while a piece is wrong, and its record holds nothing wrong', async () => {
    const abort = new AbortController();
    const fixture = withPieces({
      sizeBytes: 4 * MIB,
      pieceBytes: MIB,
      script: async ({ number, hang }) => {
        await notTooFast();
        if (number < 4) return;
        abort.abort('paused');
        await hang();
      },
    });
    spoil(fixture.source, 0, 1);
    assert.equal(await rejection(fixture.transfer.run({ signal: abort.signal })), 'paused');
    assert.ok((fixture.records.at(-1) ?? []).every(({ start }) => start >= MIB));
  });

  it('gets every byte right as long as one source does, whatever the others give and do', async () => {
    await forSeeds(40, async (random) => {
      const sizeBytes = random.between(1, 10 * MIB);
      const pieceBytes = random.pick([64 * KIB, 300_000, MIB, 4 * MIB]);
      const others = random.between(1, 3);
      const faulty: ReadScript = async ({ give, range, number }) => {
        if (number > 4 && random.chance(0.1)) throw gone();
        if (random.chance(0.9)) return;
        await give(random.between(0, range.end - range.start - 1));
        throw new TributaryError('connection-lost', { host: 'h' });
      };
      const fixture = withPieces({ sizeBytes, pieceBytes, script: honest, mirrors: new Array(others).fill(faulty) });
      for (const mirror of fixture.sources.slice(1)) {
        for (let n = random.between(0, 6); n > 0; n--) {
          const start = random.between(0, sizeBytes - 1);
          spoil(
            mirror,
            start,
            random.between(start + 1, random.chance(0.3) ? sizeBytes : Math.min(sizeBytes, start + 10)),
          );
        }
      }
      assert.equal(await fixture.transfer.run({ signal }), sizeBytes);
      assertRight(fixture);
      for (const { readers, openLanes } of fixture.sources) assert.deepEqual([readers, openLanes], [0, 0]);
    });
  }).timeout(60_000);
});
