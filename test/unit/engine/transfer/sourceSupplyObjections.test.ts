import assert from 'node:assert/strict';
import { TributaryError } from '../../../../src/contract/errors.ts';
import type { DescribedSource, Objection } from '../../../../src/engine/transfer/sourceSupply.ts';
import { AnsweringSource, gone, lost } from './answeringSource.ts';
import { keysOf, SupplyStage } from './supplyStage.ts';

const unfit = (): TributaryError =>
  new TributaryError('mirror-unfit', { host: 'h', reason: 'its file has another size' });
const wrong = (): TributaryError => new TributaryError('wrong-content', { host: 'h' });

/** Only files of 1000 bytes fit. */
function sameSize({ described }: DescribedSource): Objection | null {
  return described.sizeBytes === 1000 ? null : unfit();
}

describe('SourceSupply, of sources that do not fit', () => {
  let stage: SupplyStage;

  beforeEach(() => {
    stage = new SupplyStage();
  });
  afterEach(() => stage.close());

  function nextLead(): Promise<DescribedSource | null> {
    return stage.clock.runUntil(stage.supply.nextLead(wrong()), 60_000);
  }

  describe('because more has to be known of their file', () => {
    it('holds them, and lets them join when it is known', async () => {
      const [, b] = stage.offer([{}], [{}]);
      assert.ok(b !== undefined);
      const doubt = new TributaryError('mirror-unfit', { host: 'h', reason: 'nobody knows' });
      let known = false;
      await stage.follow(({ source }) => (known || source !== b ? null : { forNow: doubt }));
      assert.deepEqual([keysOf(stage.supply.joined), stage.supply.isHolding], [['a'], true]);
      assert.equal(stage.supply.errorOf(b), doubt);
      assert.equal(stage.supply.mayJoin, false, 'nobody waits for it');
      stage.supply.reconsider();
      assert.deepEqual(stage.joined, []);
      known = true;
      stage.supply.reconsider();
      assert.deepEqual([stage.joined, stage.supply.isHolding, stage.supply.errorOf(b)], [['b'], false, null]);
    });

    it('judges them by what they have told since', async () => {
      const [, b] = stage.offer([{}], [{}]);
      assert.ok(b !== undefined);
      await stage.follow(({ described }) => (described.checksums.length > 0 ? null : { forNow: unfit() }));
      const held = stage.supply.candidates.find(({ source }) => source === b);
      assert.ok(held !== undefined);
      stage.supply.redescribe(b, { ...held.described, checksums: [{ algorithm: 'sha256', hex: 'x' }] });
      stage.supply.reconsider();
      assert.deepEqual(keysOf(stage.supply.joined), ['a', 'b']);
    });
  });

  describe('because they have another file', () => {
    it('lets the first of them lead when those who had joined are given up', async () => {
      const [a, b] = stage.offer([{}], [{}], [{ sizeBytes: 2000 }], [{ sizeBytes: 2000 }]);
      await stage.follow(sameSize);
      assert.deepEqual(keysOf(stage.supply.joined), ['a', 'b']);
      const lead = await nextLead();
      assert.equal(lead?.source.key, 'c');
      assert.deepEqual(keysOf(stage.supply.joined), []);
      assert.ok(a !== undefined && b !== undefined && lead !== null);
      for (const source of [a, b]) assert.equal(stage.supply.errorOf(source)?.code, 'wrong-content');
      stage.supply.follow(lead, ({ described }) => (described.sizeBytes === 2000 ? null : unfit()));
      assert.deepEqual(keysOf(stage.supply.joined), ['c', 'd']);
      assert.equal(stage.supply.errorOf(lead.source), null);
      assert.equal(await nextLead(), null);
    });

    it('waits for one that has not answered yet', async () => {
      stage.offer([{}], [{ sizeBytes: 2000, afterMs: 7000 }]);
      await stage.follow(sameSize);
      assert.equal((await nextLead())?.source.key, 'b');
      assert.ok(stage.clock.nowMs() >= 7000);
    });

    it('does not wait for ever', async () => {
      stage.offer([{}], ['never']);
      await stage.follow(sameSize);
      assert.equal(await nextLead(), null);
    });

    it('finds nobody when all have joined, or are gone', async () => {
      stage.offer([{}], [{}], [{ error: gone() }]);
      await stage.follow(sameSize);
      assert.equal(await nextLead(), null);
      assert.deepEqual(keysOf(stage.supply.joined), ['a', 'b'], 'they stay');
    });
  });

  describe('because most say otherwise', () => {
    function offerOutvoted(answers: ConstructorParameters<typeof AnsweringSource>[2]): AnsweringSource {
      const source = Object.assign(new AnsweringSource('z', stage.clock, answers), { outvoted: unfit() });
      stage.supply.offer(source);
      return source;
    }

    it('does not ask them before there is a lead, and says why from the beginning', async () => {
      stage.offer([{ afterMs: 500 }]);
      const z = offerOutvoted([{ sizeBytes: 2000 }]);
      assert.equal(stage.supply.errorOf(z)?.code, 'mirror-unfit');
      const lead = await stage.lead();
      assert.equal(z.asked.length, 0);
      stage.supply.follow(lead, sameSize);
      await stage.pass(1);
      assert.equal(z.asked.length, 1);
      assert.deepEqual(keysOf(stage.supply.joined), ['a']);
    });

    it('lets them join when they have the file of the lead all the same', async () => {
      stage.offer([{}]);
      const z = offerOutvoted([{}]);
      await stage.follow(sameSize);
      assert.deepEqual(keysOf(stage.supply.joined), ['a', 'z']);
      assert.equal(stage.supply.errorOf(z), null);
    });

    it('lets them lead when all others have failed', async () => {
      stage.offer([{ error: gone(), afterMs: 10 }], [{ error: lost() }]);
      offerOutvoted([{ sizeBytes: 2000 }]);
      assert.equal((await stage.lead()).source.key, 'z');
    });
  });

  it('takes those back that were given up because of their bytes, and no others', async () => {
    const [, b, c] = stage.offer([{}], [{}], [{}]);
    await stage.follow();
    assert.ok(b !== undefined && c !== undefined);
    assert.equal(stage.supply.forgive(), false);
    stage.supply.failed(b, wrong());
    stage.supply.failed(c, gone());
    assert.equal(stage.supply.forgive(), true);
    assert.deepEqual(keysOf(stage.supply.joined), ['a', 'b']);
    assert.equal(stage.supply.errorOf(b), null);
  });
});
