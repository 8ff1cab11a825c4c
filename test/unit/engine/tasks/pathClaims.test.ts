import assert from 'node:assert/strict';
import { PathClaims } from '../../../../src/engine/tasks/pathClaims.ts';

describe('PathClaims', () => {
  let claims: PathClaims;

  beforeEach(() => {
    claims = new PathClaims();
    assert.equal(claims.claim('a', '/f/x'), true);
  });

  const collisions: [path: string, free: boolean][] = [
    ['/f/x', false],
    ['/f/x.part', false],
    ['/f/x.part.json', false],
    ['/f/y', true],
    ['/g/x', true],
    ['/f/x.json', true],
  ];
  for (const [path, free] of collisions) {
    it(`${path} is ${free ? 'free' : 'taken'} for others beside /f/x`, () => {
      assert.equal(claims.claim('b', path), free);
    });
  }

  it("a file whose part would be another task's file is taken", () => {
    assert.equal(claims.claim('b', '/f/y.part'), true);
    assert.equal(claims.claim('c', '/f/y'), false);
  });

  it('the same task may claim its path again', () => {
    assert.equal(claims.claim('a', '/f/x'), true);
  });

  it('a new claim sets the last one free, a refused one does not', () => {
    assert.equal(claims.claim('b', '/f/y'), true);
    assert.equal(claims.claim('a', '/f/y'), false);
    assert.equal(claims.claim('c', '/f/x'), false);
    assert.equal(claims.claim('a', '/f/z'), true);
    assert.equal(claims.claim('c', '/f/x'), true);
  });

  it('what is released is free for all', () => {
    claims.release('a');
    claims.release('nobody');
    for (const path of ['/f/x', '/f/x.part', '/f/x.part.json']) assert.equal(new PathClaims().claim('b', path), true);
    assert.equal(claims.claim('b', '/f/x'), true);
  });
});
