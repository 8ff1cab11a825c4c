import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TributaryError } from '../../../../src/contract/errors.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { type Answer, gone, lost } from './answeringSource.ts';
import { SupplyStage } from './supplyStage.ts';

describe('SourceSupply', () => {
  const leads: [what: string, answers: (readonly Answer[])[], key: string, atMs: number][] = [
    ['the only one', [[{ afterMs: 700 }]], 'a', 700],
    ['the first address though others are faster', [[{ afterMs: 2900 }], [{ afterMs: 10 }]], 'a', 2900],
    ['a mirror when the first address takes longer than 3 s', [[{ afterMs: 9000 }], [{ afterMs: 10 }]], 'b', 3000],
    ['the first that answers when all take longer than 3 s', [[{ afterMs: 9000 }], [{ afterMs: 5000 }]], 'b', 5000],
    [
      'a mirror as soon as the first address is given up',
      [[{ error: gone(), afterMs: 50 }], [{ afterMs: 10 }]],
      'b',
      50,
    ],
    [
      'a mirror as soon as the first address has failed once',
      [[{ error: lost(), afterMs: 50 }], [{ afterMs: 10 }]],
      'b',
      50,
    ],
    ['a mirror that gives ranges', [[{ ranges: false, afterMs: 10 }], [{ afterMs: 2000 }]], 'b', 2000],
    ['one without ranges when no other answers in time', [[{ ranges: false, afterMs: 10 }], ['never']], 'a', 3000],
    [
      'one without ranges when all others have failed',
      [[{ ranges: false, afterMs: 10 }], [{ error: gone(), afterMs: 90 }]],
      'a',
      90,
    ],
    [
      'one without ranges when all have none',
      [[{ ranges: false, afterMs: 30 }], [{ ranges: false, afterMs: 20 }]],
      'a',
      30,
    ],
    ['the first after a failure that was soon over', [[{ error: lost() }, { afterMs: 5 }], ['never']], 'a', 255],
    ['a Metalink at once', [[{ isMetalink: true, ranges: false, afterMs: 40 }], [{ afterMs: 2000 }]], 'a', 40],
  ];
  for (const [what, answers, key, atMs] of leads) {
    it(`is led by ${what}`, async () => {
      const stage = new SupplyStage();
      stage.offer(...answers);
      const { source } = await stage.lead();
      assert.deepEqual([source.key, stage.clock.nowMs()], [key, atMs]);
      await stage.close();
    });
  }

  it('fails with what the first address failed with, when none is left', async () => {
    const stage = new SupplyStage();
    stage.offer([{ error: gone(), afterMs: 10 }], [{ error: lost(), afterMs: 5000 }]);
    assertCode(await rejection(stage.lead()), 'not-found');
    assert.deepEqual(stage.failed, [
      ['a', 'not-found'],
      ['b', 'connection-lost'],
    ]);
  });

  it('fails when there is no source at all', async () => {
    assertCode(await rejection(new SupplyStage().lead()), 'internal');
  });

  it('tries a new address three times, one that gave something before eight times', async () => {
    for (const [everReached, attempts] of [
      [false, 3],
      [true, 8],
    ] as const) {
      const stage = new SupplyStage({ everReached });
      const [source] = stage.offer([{ error: lost() }]);
      assertCode(await rejection(stage.lead()), 'connection-lost');
      assert.equal(source?.asked.length, attempts);
      assert.deepEqual(new Set(stage.waited), new Set(['connection-lost']), 'the user sees why nothing happens');
    }
  });

  it('asks the first for what is missing and the others for one byte', async () => {
    const wanted = { start: 500, end: 700 };
    const stage = new SupplyStage({ wanted: () => wanted });
    const [first, second] = stage.offer([{}], [{}]);
    await stage.lead();
    assert.deepEqual([first?.asked[0]?.wanted, second?.asked[0]?.wanted], [wanted, { start: 0, end: 1 }]);
  });

  it('does not use a file of another size than it should have', async () => {
    const stage = new SupplyStage({ sizeBytes: 1000 });
    stage.offer([{ sizeBytes: 999 }], [{}]);
    assert.equal((await stage.lead()).source.key, 'b');
    assert.deepEqual(stage.failed, [['a', 'mirror-unfit']]);
  });

  it('waits for a host that other tasks were told to leave alone, and says so', async () => {
    const stage = new SupplyStage();
    stage.hosts.hold('https://a', 7000, new TributaryError('server-busy', { host: 'a', status: 503 }));
    const [source] = stage.offer([{ afterMs: 5 }]);
    await stage.lead();
    assert.deepEqual([stage.clock.nowMs(), source?.asked[0]?.atMs], [7005, 7000]);
    assert.deepEqual(stage.waited, ['server-busy']);
  });

  it('leaves a host alone that asks for it, for all tasks', async () => {
    const stage = new SupplyStage();
    const busy = new TributaryError('server-busy', { host: 'a', status: 503, retryAfterMs: 4000 });
    stage.offer([{ error: busy }, {}]);
    const leading = stage.supply.lead();
    await stage.pass(1);
    assert.equal(stage.hosts.held('https://a')?.ms, 3999);
    await stage.clock.runUntil(leading, 10_000);
    assert.equal(stage.clock.nowMs(), 4000);
  });

  it('asks eight at a time, and the next when one is given up', async () => {
    const stage = new SupplyStage();
    const others = Array.from({ length: 9 }, (): Answer[] => [{ afterMs: 500 }]);
    const sources = stage.offer([{ error: gone(), afterMs: 100 }], ...others);
    const asked = (): number => sources.filter((source) => source.asked.length > 0).length;
    await nextTurn();
    assert.equal(asked(), 8);
    await stage.pass(101);
    assert.equal(asked(), 9);
    assert.equal(stage.supply.mayJoin, true, 'the tenth may still be asked');
    await stage.close();
    assert.equal(asked(), 9);
  });
});
