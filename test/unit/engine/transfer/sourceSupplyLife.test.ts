import assert from 'node:assert/strict';
import { TributaryError } from '../../../../src/contract/errors.ts';
import { rejection } from '../assertCode.ts';
import { type Answer, AnsweringSource, gone, lost } from './answeringSource.ts';
import { HOUR_MS, keysOf, SupplyStage } from './supplyStage.ts';

const MINUTE_MS = 60_000;

describe('SourceSupply with a lead', () => {
  let stage: SupplyStage;

  beforeEach(() => {
    stage = new SupplyStage();
  });
  afterEach(() => stage.close());

  it('lets those join who have answered, then those who answer later', async () => {
    const { supply, joined } = stage;
    stage.offer([{ afterMs: 100 }], [{ afterMs: 50 }], [{ afterMs: 800 }]);
    await stage.follow();
    assert.deepEqual([joined, keysOf(supply.joined), supply.mayJoin], [['b'], ['a', 'b'], true]);
    await stage.pass(1000);
    assert.deepEqual([joined, keysOf(supply.joined), supply.mayJoin], [['b', 'c'], ['a', 'b', 'c'], false]);
  });

  it('gives up who does not fit, and tells why', async () => {
    const { supply, joined, failed } = stage;
    const [, second] = stage.offer([{ afterMs: 10 }], [{ sizeBytes: 5 }]);
    let givenUp = 0;
    supply.onDidGiveUp(() => void givenUp++);
    const unfit = new TributaryError('mirror-unfit', { host: 'b', reason: 'its file has another size' });
    await stage.follow((candidate) => (candidate.described.sizeBytes === 1000 ? null : unfit));
    assert.deepEqual([joined, failed, givenUp, supply.mayJoin], [[], [['b', 'mirror-unfit']], 1, false]);
    assert.ok(second !== undefined);
    assert.equal(supply.errorOf(second), unfit);
  });

  it('lets one join that is offered while the transfer runs', async () => {
    const { supply, joined } = stage;
    stage.offer([{}]);
    await stage.follow();
    supply.offer(new AnsweringSource('late', stage.clock, [{ afterMs: 5 }]));
    assert.equal(supply.mayJoin, true);
    await stage.pass(10);
    assert.deepEqual([joined, supply.mayJoin], [['late'], false]);
  });

  it('asks one that failed for a while again after 30 s, five times at most', async () => {
    const { supply } = stage;
    const b = await stage.joinTwo([{}], [{}]);
    for (let failures = 1; failures <= 6; failures++) {
      assert.deepEqual(keysOf(supply.joined), ['a', 'b'], `before failure ${failures}`);
      supply.failed(b, lost());
      assert.deepEqual([keysOf(supply.joined), supply.errorOf(b)?.code], [['a'], 'connection-lost']);
      await stage.pass(29_999);
      assert.deepEqual(keysOf(supply.joined), ['a']);
      await stage.pass(10);
    }
    assert.deepEqual(keysOf(supply.joined), ['a']);
    assert.equal(b.asked.length, 6);
  });

  it('does not ask one again that failed for good', async () => {
    const b = await stage.joinTwo([{}], [{}]);
    stage.supply.failed(b, gone());
    await stage.pass(10 * MINUTE_MS);
    assert.equal(b.asked.length, 1);
  });

  it('forgets what was wrong with one that came back', async () => {
    const b = await stage.joinTwo([{}], [{}]);
    stage.supply.failed(b, lost());
    await stage.pass(31_000);
    assert.equal(stage.supply.errorOf(b), null);
  });

  it('gets one back that was away for a minute', async () => {
    const away = new Array<Answer>(3).fill({ error: lost() });
    const b = await stage.joinTwo([{}], [{}, ...away, {}]);
    stage.supply.failed(b, lost());
    await stage.pass(3 * MINUTE_MS);
    assert.deepEqual(keysOf(stage.supply.joined), ['a', 'b']);
  });

  it('bothers nobody with why a mirror is not there yet', async () => {
    stage.offer([{}], [{ error: lost(), afterMs: 10 }]);
    await stage.follow();
    await stage.pass(5000);
    assert.deepEqual(stage.waited, []);
  });
});

describe('SourceSupply, closed or aborted', () => {
  const moments: [what: string, answers: (readonly Answer[])[], ms: number][] = [
    ['before anybody answers', [['never'], ['never']], 10],
    ['while one waits for its next attempt', [[{ error: lost() }], ['never']], 100],
    ['when all have answered', [[{}], [{}]], 100],
  ];
  for (const [what, answers, ms] of moments) {
    it(`${what}: every source is closed once, and nothing is asked any more`, async () => {
      const stage = new SupplyStage();
      const sources = stage.offer(...answers);
      const leading = stage.supply.lead().catch(() => {});
      await stage.pass(ms);
      await stage.close();
      await leading;
      const asked = sources.map((source) => source.asked.length);
      await stage.pass(MINUTE_MS);
      assert.deepEqual(
        sources.map((source) => source.asked.length),
        asked,
      );
      assert.deepEqual(
        sources.map(({ closed }) => closed),
        sources.map(() => 1),
      );
    });
  }

  it('while one is about to come back: it does not', async () => {
    const stage = new SupplyStage();
    const b = await stage.joinTwo([{}], [{}]);
    stage.supply.failed(b, lost());
    await stage.pass(1000);
    await stage.close();
    await stage.pass(MINUTE_MS);
    assert.equal(b.asked.length, 1);
  });

  it('while a host is held: at once', async () => {
    const abort = new AbortController();
    const stage = new SupplyStage({ signal: abort.signal });
    stage.hosts.hold('https://a', HOUR_MS, lost());
    stage.offer([{}]);
    const leading = rejection(stage.supply.lead());
    await stage.pass(10);
    abort.abort('paused');
    assert.equal(await stage.clock.runUntil(leading, HOUR_MS), 'paused');
    await stage.close();
    assert.equal(stage.clock.nowMs(), 10);
  });

  it('when one more is found for it: that one is closed, too, and not asked', async () => {
    const stage = new SupplyStage();
    await stage.close();
    const [late] = stage.offer([{}]);
    await stage.pass(MINUTE_MS);
    assert.deepEqual([late?.closed, late?.asked], [1, []]);
  });

  it('before it is asked for a lead: the reason is passed on', async () => {
    const stage = new SupplyStage({ signal: AbortSignal.abort('removed') });
    stage.offer([{}]);
    assert.equal(await rejection(stage.lead()), 'removed');
    await stage.close();
  });
});
