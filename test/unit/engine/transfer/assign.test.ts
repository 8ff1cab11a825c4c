import assert from 'node:assert/strict';
import {
  chooseTailMove,
  isCrawling,
  type LanePromise,
  type RunProgress,
  runLength,
} from '../../../../src/engine/transfer/assign.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('runLength', () => {
  const cases: [
    what: string,
    unassignedBytes: number,
    oneOf: number,
    bytesPerSecond: number,
    firstByteSeconds: number,
    length: number,
  ][] = [
    ['half of the fair share while the speed is unknown', 32 * MIB, 4, 0, 0, 4 * MIB],
    ['never more than 8 MiB while the speed is unknown', 6400 * MIB, 4, 0, 0, 8 * MIB],
    ['three seconds of its own speed', 640 * MIB, 4, 2 * MIB, 0, 6 * MIB],
    ['never more than half of the fair share', 64 * MIB, 4, 1000 * MIB, 0, 8 * MIB],
    ['four times what the first byte takes, whatever the share', 64 * MIB, 16, 10 * MIB, 0.3, 12 * MIB],
    ['never below a MiB by share', 4 * MIB, 16, 0, 0, MIB],
    ['never below a MiB by speed', 640 * MIB, 4, 10, 0, MIB],
    ['never more than there is', MIB - 1, 16, 0, 0, MIB - 1],
    ['never more than there is, however far the server', MIB, 16, 10 * MIB, 1, MIB],
    ['a single byte', 1, 1, 0, 0, 1],
    ['nothing', 0, 4, 0, 0, 0],
    ['a share that is no whole number', 8 * MIB, 3, 0, 0, Math.ceil((4 * MIB) / 3)],
    ['a speed that is no whole number', 640 * MIB, 1, MIB + 0.4, 0, 3 * MIB + 1],
  ];
  for (const [what, unassignedBytes, oneOf, bytesPerSecond, firstByteSeconds, length] of cases) {
    it(what, () =>
      assert.equal(runLength({ unassignedBytes, share: 1 / oneOf, bytesPerSecond, firstByteSeconds }), length),
    );
  }
});

describe('chooseTailMove', () => {
  function run(
    left: number,
    bytesPerSecond: number,
    ageSeconds = 5,
    promise: LanePromise = { bytesPerSecond: 0, firstByteSeconds: 0 },
  ): RunProgress {
    return { position: 100, end: 100 + left, bytesPerSecond, ageSeconds, raced: false, promise };
  }

  function idle(bytesPerSecond: number, firstByteSeconds = 0): LanePromise {
    return { bytesPerSecond, firstByteSeconds };
  }

  it('does nothing without runs', () => assert.equal(chooseTailMove([], idle(MIB)), null));

  for (const [what, left] of [
    ['long', 8 * MIB],
    ['short', 1000],
  ] as const) {
    it(`races for a ${what} run that has been silent for three seconds, when nobody knows what a lane can do`, () => {
      assert.equal(chooseTailMove([run(left, 0, 2.9)], idle(0)), null);
      assert.deepEqual(chooseTailMove([run(left, 0, 3.1)], idle(0)), { kind: 'race', victim: 0 });
    });
  }

  it('takes half of what would take longest', () => {
    const runs = [run(4 * MIB, 4 * MIB), run(4 * MIB, MIB), run(6 * MIB, 2 * MIB)];
    assert.deepEqual(chooseTailMove(runs, idle(MIB)), { kind: 'steal', victim: 1, at: 100 + 2 * MIB });
  });

  it('divides a tail of 512 KiB, but not one byte less', () => {
    assert.equal(chooseTailMove([run(512 * KIB, 100 * KIB)], idle(100 * KIB))?.kind, 'steal');
    assert.equal(chooseTailMove([run(512 * KIB - 1, 100 * KIB)], idle(100 * KIB)), null);
  });

  it('leaves alone what ends within 0.3 s', () => {
    assert.equal(chooseTailMove([run(3 * MIB, 10 * MIB)], idle(10 * MIB)), null);
    assert.equal(chooseTailMove([run(3 * MIB + 1, 10 * MIB)], idle(10 * MIB))?.kind, 'steal');
  });

  it('leaves alone what would end before the help has its first bytes', () => {
    assert.equal(chooseTailMove([run(10 * MIB, 10 * MIB)], idle(10 * MIB, 0.2)), null);
    assert.equal(chooseTailMove([run(10 * MIB, 10 * MIB)], idle(10 * MIB, 0.1))?.kind, 'steal');
  });

  it('never cuts at or before the next byte, nor at the end', () => {
    for (const left of [512 * KIB, 512 * KIB + 1, 3 * MIB - 1]) {
      const move = chooseTailMove([run(left, 1)], idle(1));
      assert.ok(move?.kind === 'steal' && move.at > 100 && move.at < 100 + left);
    }
  });

  it('expects a run without history to be as fast as its own source is, whatever the idle lane can do', () => {
    const near = idle(10 * MIB);
    const far = idle(10 * MIB, 0.2);
    assert.equal(chooseTailMove([run(512 * KIB, 0, 0.2, near)], near), null);
    assert.equal(chooseTailMove([run(512 * KIB, 0, 0.4, near)], near)?.kind, 'steal');
    assert.equal(chooseTailMove([run(512 * KIB, 0, 0.4, far)], near), null);
    assert.equal(chooseTailMove([run(512 * KIB, 0, 0.2, idle(100 * KIB))], near)?.kind, 'steal');
  });

  const shares: [what: string, run: number, idle: number, kept: number][] = [
    ['four fifths for a lane four times as fast', MIB, 4 * MIB, 2 * MIB],
    ['two fifths for a lane that is slower', 3 * MIB, 2 * MIB, 6 * MIB],
    ['half while nobody knows the idle lane', MIB, 0, 5 * MIB],
    ['all but 256 KiB of a run that has shown nothing', 0, MIB, 256 * KIB],
    ['all but 256 KiB of a run that is much slower', KIB, 10 * MIB, 256 * KIB],
  ];
  for (const [what, runSpeed, idleSpeed, kept] of shares) {
    it(`takes so much that both end together: ${what}`, () => {
      const move = chooseTailMove([run(10 * MIB, runSpeed)], idle(idleSpeed));
      assert.deepEqual(move, { kind: 'steal', victim: 0, at: 100 + kept });
    });
  }

  it('takes nothing with a lane so slow that it would be the last to end', () => {
    assert.equal(chooseTailMove([run(4 * MIB, 4 * MIB)], idle(200 * KIB)), null);
    assert.equal(chooseTailMove([run(600 * KIB, MIB)], idle(200 * KIB)), null);
  });

  it('races for a short rest of a slower lane', () => {
    assert.deepEqual(chooseTailMove([run(100 * KIB, 10 * KIB, 2)], idle(MIB)), { kind: 'race', victim: 0 });
  });

  it('takes part in a race of two that bring next to nothing, and never divides it', () => {
    const raced = { ...run(4 * MIB, 10, 3.1), raced: true };
    assert.deepEqual(chooseTailMove([raced], idle(MIB)), { kind: 'race', victim: 0 });
    assert.equal(chooseTailMove([{ ...raced, bytesPerSecond: 0 }], idle(0)), null);
  });

  const kept: [what: string, progress: RunProgress, idleBytesPerSecond: number][] = [
    ['just not twice as slow', run(100 * KIB, 10 * KIB, 2), 20 * KIB],
    ['done in a moment', run(2 * KIB, 10 * KIB, 2), MIB],
    ['nobody knows how fast the idle lane is', run(100 * KIB, 10 * KIB, 2), 0],
    ['two lanes fetch it already, and one of them has just begun', { ...run(100 * KIB, 10, 2), raced: true }, MIB],
    ['two lanes fetch it already, and one is fast enough', { ...run(100 * KIB, 10 * KIB), raced: true }, 20 * KIB],
  ];
  for (const [what, progress, bytesPerSecond] of kept) {
    it(`leaves a short rest where it is: ${what}`, () =>
      assert.equal(chooseTailMove([progress], idle(bytesPerSecond)), null));
  }

  it('has no use for a run that is complete', () => assert.equal(chooseTailMove([run(0, 0, 100)], idle(MIB)), null));
});

describe('isCrawling', () => {
  const usual = { bytesPerSecond: 5 * MIB, firstByteSeconds: 0 };
  const cases: [what: string, bytesPerSecond: number, ageSeconds: number, replacements: number, crawls: boolean][] = [
    ['five times slower than usual', MIB - 1, 0.6, 0, true],
    ['just not that slow', MIB, 0.6, 0, false],
    ['too young', 0, 0.5, 0, false],
    ['too young for a second replacement', 0, 1, 1, false],
    ['old enough for a second one', 0, 1.1, 1, true],
    ['old enough for a third one', 0, 2.1, 2, true],
    ['replaced three times: it may take as long as it wants', 0, 100, 3, false],
  ];
  for (const [what, bytesPerSecond, ageSeconds, replacements, crawls] of cases) {
    it(`${crawls ? 'is' : 'is not'}: ${what}`, () => {
      assert.equal(isCrawling({ bytesPerSecond, ageSeconds }, usual, replacements), crawls);
    });
  }

  it('waits longer where requests take long to their first byte', () => {
    const far = { bytesPerSecond: 8 * MIB, firstByteSeconds: 0.5 };
    assert.equal(isCrawling({ bytesPerSecond: 0, ageSeconds: 2.5 }, far, 0), false);
    assert.equal(isCrawling({ bytesPerSecond: 0, ageSeconds: 2.6 }, far, 0), true);
  });

  it('never is while nobody knows what a lane can do', () => {
    assert.equal(
      isCrawling({ bytesPerSecond: 0, ageSeconds: 100 }, { bytesPerSecond: 0, firstByteSeconds: 0 }, 0),
      false,
    );
  });
});
