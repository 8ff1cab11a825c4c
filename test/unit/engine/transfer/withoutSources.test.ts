import assert from 'node:assert/strict';
import { withoutSources } from '../../../../src/engine/transfer/withoutSources.ts';
import { lost } from './answeringSource.ts';
import { SteadySupply } from './steadySupply.ts';
import { keysOf } from './supplyStage.ts';
import { sourcesOf } from './transferFixture.ts';

describe('withoutSources', () => {
  it('is the supply itself when nobody is left out', () => {
    const supply = new SteadySupply([]);
    assert.equal(withoutSources(supply, new Set()), supply);
  });

  it('hides some, those who join later too, and passes on everything else', () => {
    const [a, b, c, d] = sourcesOf(10, [undefined, undefined, undefined, undefined]);
    assert.ok(a && b && c && d);
    const supply = new SteadySupply([a, b]);
    const others = withoutSources(supply, new Set([b, d]));
    const joined: string[] = [];
    let givenUp = 0;
    const listening = [others.onDidJoin(({ key }) => void joined.push(key)), others.onDidGiveUp(() => void givenUp++)];
    assert.deepEqual(keysOf(others.joined), [a.key]);
    supply.join(c);
    supply.join(d);
    assert.deepEqual([joined, keysOf(others.joined)], [[c.key], [a.key, c.key]]);
    supply.mayJoin = true;
    assert.equal(others.mayJoin, true);
    supply.giveUp();
    assert.deepEqual([others.mayJoin, givenUp], [false, 1]);
    others.failed(a, lost());
    assert.equal(supply.failures[0]?.[0], a);
    assert.deepEqual(keysOf(others.joined), [c.key]);
    for (const listener of listening) listener.dispose();
    supply.join(a);
    assert.deepEqual(joined, [c.key]);
  });
});
