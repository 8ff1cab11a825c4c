import assert from 'node:assert/strict';
import { TributaryError } from '../../../../src/contract/errors.ts';
import type { Source } from '../../../../src/engine/sources/source.ts';
import { IntervalSet } from '../../../../src/engine/transfer/intervalSet.ts';
import { PieceCheck, WRONG_LIST } from '../../../../src/engine/transfer/pieceCheck.ts';
import { Provenance } from '../../../../src/engine/transfer/provenance.ts';
import { assertCode } from '../assertCode.ts';
import { forSeeds, type SeededRandom } from '../seededRandom.ts';
import { ScriptedSource } from './scriptedSource.ts';

/** Bytes of a piece; the last one is shorter. */
const PIECE = 10;
const SIZE = 45;
const PIECES = Math.ceil(SIZE / PIECE);

/** What the transfer does around the check, on a file whose bytes are right (1) or wrong (0). */
class ModelTransfer {
  readonly sources: ScriptedSource[];
  readonly written = new IntervalSet();
  readonly right = new IntervalSet();
  readonly provenance = new Provenance<Source>();
  readonly missing = new IntervalSet([{ start: 0, end: SIZE }]);
  readonly dropped = new Set<Source>();
  readonly failures: unknown[] = [];
  readonly check: PieceCheck;
  readonly #bytes: number[] = new Array(SIZE).fill(0);
  readonly #banned: ReadonlyMap<Source, IntervalSet>;
  readonly #digests: (() => void)[] = [];
  checks = 0;
  refetched = 0;

  constructor(count: number, doubtful = false) {
    this.sources = Array.from({ length: count }, (_, n) => new ScriptedSource(0, () => {}, { host: `m${n}.example` }));
    this.#banned = new Map(this.sources.map((source) => [source, new IntervalSet()]));
    this.check = new PieceCheck(
      {
        digest: ({ start, end }) =>
          new Promise((resolve) => {
            this.#digests.push(() =>
              resolve(this.#bytes.slice(start, end).every((byte) => byte === 1) ? 'right' : 'wrong'),
            );
          }),
        written: this.written,
        provenance: this.provenance,
        onWrong: (start, end) => {
          this.written.remove(start, end);
          this.provenance.forget(start, end);
          this.missing.add(start, end);
          this.refetched += end - start;
        },
        ban: (source, start, end) => this.#ban(source, start, end),
        drop: (source) => {
          this.dropped.add(source);
          this.#freeOrphans();
        },
        checking: () => void this.checks++,
        checked: () => void this.checks--,
        fail: (error) => void this.failures.push(error),
      },
      {
        pieces: { algorithm: 'sha256', lengthBytes: PIECE, hashes: new Array<string>(PIECES).fill('right') },
        doubtful,
        sizeBytes: SIZE,
        right: this.right,
      },
    );
  }

  write(source: Source, start: number, end: number, isRight: boolean): void {
    this.#bytes.fill(isRight ? 1 : 0, start, end);
    this.missing.remove(start, end);
    this.written.add(start, end);
    this.provenance.add(source, start, end);
    this.check.written(start, end);
  }

  /** A hash that was asked for is computed now, from what the file holds now. */
  async digest(): Promise<void> {
    this.#digests.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async settle(): Promise<void> {
    while (this.#digests.length > 0) await this.digest();
  }

  get digestsAsked(): number {
    return this.#digests.length;
  }

  /** What this source may be asked for now. */
  allowed(source: Source, start: number, end: number): { start: number; end: number }[] {
    return this.dropped.has(source) ? [] : (this.#banned.get(source)?.gaps(start, end) ?? []);
  }

  get isRight(): boolean {
    return this.#bytes.every((byte) => byte === 1);
  }

  /** As RangesFetch does it. */
  #ban(source: Source, start: number, end: number): boolean {
    this.#banned.get(source)?.add(start, end);
    return !this.#freeOrphans();
  }

  /** What nobody may be asked for may be asked of all again. @returns whether there was something */
  #freeOrphans(): boolean {
    const live = this.sources.filter((other) => !this.dropped.has(other));
    let found = false;
    for (let at = 0; at < SIZE; at++) {
      if (live.some((other) => this.allowed(other, at, at + 1).length > 0)) continue;
      for (const other of live) this.#banned.get(other)?.remove(at, at + 1);
      found = true;
    }
    return found;
  }

  /** Fetches until every piece is right, nobody can go on, or the task fails. @returns steps it took */
  async run(random: SeededRandom, gives: (source: Source, at: number) => boolean, longestRun: number): Promise<number> {
    for (let steps = 0; ; steps++) {
      if (this.failures.length > 0) return steps;
      if (this.missing.isEmpty && this.checks === 0) return steps;
      assert.ok(steps < 5000, 'it goes on for ever');
      const gap = this.missing.first;
      const source = random.pick(this.sources);
      const run = gap === undefined ? undefined : this.allowed(source, gap.start, gap.end)[0];
      if (run !== undefined && random.chance(0.8)) {
        const end = Math.min(run.end, run.start + random.between(1, longestRun));
        for (let at = run.start; at < end; at++) this.write(source, at, at + 1, gives(source, at));
      } else await this.digest();
    }
  }
}

function sourceAt(model: ModelTransfer, index: number): ScriptedSource {
  const source = model.sources[index];
  assert.ok(source);
  return source;
}

describe('PieceCheck', () => {
  it('checks a piece once it is complete, the short last one too, and knows then that it is right', async () => {
    const model = new ModelTransfer(1);
    const a = sourceAt(model, 0);
    model.write(a, 0, 9, true);
    assert.equal(model.digestsAsked, 0);
    model.write(a, 9, 10, true);
    model.write(a, 40, SIZE, true);
    assert.equal(model.checks, 2);
    await model.settle();
    assert.deepEqual(
      [...model.right],
      [
        { start: 0, end: 10 },
        { start: 40, end: SIZE },
      ],
    );
    assert.equal(model.checks, 0);
  });

  it('has a wrong piece fetched again, and nothing else', async () => {
    const model = new ModelTransfer(2);
    model.write(sourceAt(model, 0), 0, 20, true);
    model.write(sourceAt(model, 0), 13, 14, false);
    await model.settle();
    assert.deepEqual([...model.missing], [{ start: 10, end: SIZE }]);
    assert.deepEqual([...model.right], [{ start: 0, end: 10 }]);
    assert.deepEqual(model.allowed(sourceAt(model, 0), 10, 20), []);
    assert.deepEqual(model.allowed(sourceAt(model, 0), 0, 10), [{ start: 0, end: 10 }]);
  });

  it('drops a source that gave two wrong pieces alone, but none that had a part in them', async () => {
    const model = new ModelTransfer(3);
    const [a, b] = [sourceAt(model, 0), sourceAt(model, 1)];
    model.write(a, 0, 5, true);
    model.write(b, 5, 10, false);
    model.write(a, 10, 20, false);
    await model.settle();
    assert.equal(model.dropped.size, 0);
    model.write(b, 20, 30, false);
    model.write(b, 30, 40, false);
    await model.settle();
    assert.deepEqual([...model.dropped], [b]);
    assert.deepEqual(model.failures, []);
  });

  it('bytes of an earlier run that are wrong are fetched again from anybody', async () => {
    const model = new ModelTransfer(1);
    model.written.add(0, 20);
    model.missing.remove(0, 20);
    model.check.written(0, 20);
    await model.settle();
    assert.deepEqual([...model.missing], [{ start: 0, end: SIZE }]);
    assert.deepEqual(model.allowed(sourceAt(model, 0), 0, 20), [{ start: 0, end: 20 }]);
  });

  it('a late write over a right piece makes it unknown until it has been checked again', async () => {
    const model = new ModelTransfer(2);
    model.write(sourceAt(model, 0), 0, 10, true);
    await model.settle();
    model.write(sourceAt(model, 1), 4, 5, false);
    assert.equal(model.right.isEmpty, true);
    assert.equal(model.checks, 1);
    await model.settle();
    assert.deepEqual([...model.missing], [{ start: 0, end: SIZE }]);
  });

  it('what was hashed while somebody wrote to it means nothing, right or wrong', async () => {
    for (const [first, second] of [
      [true, false],
      [false, true],
    ] as const) {
      const model = new ModelTransfer(2);
      model.write(sourceAt(model, 0), 0, 10, first);
      model.write(sourceAt(model, 1), 0, 10, second);
      assert.equal(model.digestsAsked, 1, 'one check at a time');
      await model.digest();
      assert.equal(model.checks, 1);
      assert.equal(model.right.isEmpty, true);
      await model.settle();
      assert.equal(model.right.length, second ? 10 : 0);
      assert.equal(model.checks, 0);
    }
  });

  it('fails with wrong-content when the only source gives a wrong piece three times', async () => {
    const model = new ModelTransfer(1);
    for (let round = 1; round <= 3; round++) {
      assert.deepEqual(model.failures, [], `round ${round}`);
      model.write(sourceAt(model, 0), 0, 10, false);
      await model.settle();
    }
    assertCode(model.failures[0], 'wrong-content');
    assert.equal(model.checks, 0);
  });

  describe('by the word of one source', () => {
    it('takes the word for wrong when two give the same, and goes on when they differ', async () => {
      for (const parts of [1, 2]) {
        const model = new ModelTransfer(3, true);
        model.write(sourceAt(model, 0), 0, 10, false);
        await model.settle();
        model.write(sourceAt(model, 1), 0, 10 / parts, false);
        model.write(sourceAt(model, 2), 10 / parts, 10, false);
        await model.settle();
        assert.deepEqual(model.failures, parts === 1 ? [WRONG_LIST] : []);
      }
    });

    it('takes it for wrong when the only source gives a wrong piece three times', async () => {
      const model = new ModelTransfer(1, true);
      for (let round = 1; round <= 3; round++) {
        model.write(sourceAt(model, 0), 0, 10, false);
        await model.settle();
      }
      assert.deepEqual(model.failures, [WRONG_LIST]);
    });
  });

  it('passes on that the file could not be read', async () => {
    const model = new ModelTransfer(1);
    const failures: unknown[] = [];
    const error = new TributaryError('file-missing', { path: '/x' });
    const check = new PieceCheck(
      {
        digest: () => Promise.reject(error),
        written: new IntervalSet([{ start: 0, end: 10 }]),
        provenance: model.provenance,
        onWrong: () => assert.fail('nothing is known of it'),
        ban: () => true,
        drop: () => {},
        checking: () => void model.checks++,
        checked: () => void model.checks--,
        fail: (cause) => void failures.push(cause),
      },
      { pieces: { algorithm: 'sha256', lengthBytes: 10, hashes: ['right'] }, sizeBytes: 10, right: new IntervalSet() },
    );
    check.written(0, 10);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([failures, model.checks], [[error], 0]);
  });

  for (const longestRun of [3, 100]) {
    const lengths = longestRun < PIECE ? 'pieces of which runs are a part' : 'runs of several pieces';
    it(`gets every piece right when one source gives everything right and others do not: ${lengths}`, async () => {
      await forSeeds(150, async (random) => {
        const model = new ModelTransfer(random.between(2, 4));
        const honest = random.pick(model.sources);
        const wrong = random.pick([0.02, 0.2, 1]);
        const lies = new Map<Source, boolean[]>(
          model.sources.map((source) => [source, Array.from({ length: SIZE }, () => random.chance(wrong))]),
        );
        await model.run(random, (source, at) => source === honest || lies.get(source)?.[at] !== true, longestRun);
        assert.deepEqual(model.failures, []);
        assert.ok(model.isRight);
        assert.equal(model.right.length, SIZE);
        assert.ok(!model.dropped.has(honest), 'the honest one was dropped');
      });
    });
  }

  it('comes to an end when nobody gives a certain piece right', async () => {
    await forSeeds(100, async (random) => {
      const model = new ModelTransfer(random.between(1, 4));
      await model.run(random, (_, at) => at < 20 || at >= 30, random.pick([3, 10, 100]));
      assertCode(model.failures[0], 'wrong-content');
      assert.equal(model.right.gaps(20, 30).length, 1);
    });
  });
});
