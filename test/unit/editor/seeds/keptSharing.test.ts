import assert from 'node:assert/strict';
import { sharesOverIpfs, sharesWithSeeds } from '../../../../src/editor/seeds/keptSharing.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('what the engine wrote down of sharing', () => {
  it('is seen by the shares', () => {
    assert.equal(sharesWithSeeds(bytes('{"version":1,"shares":[{"id":"x"}]}')), true);
    for (const text of ['{"shares":[]}', '{}', 'null', '{"sha'])
      assert.equal(sharesWithSeeds(bytes(text)), false, text);
  });

  it('is seen by the switch of IPFS', () => {
    assert.equal(sharesOverIpfs(bytes('{"enabled":true}')), true);
    for (const text of ['{"enabled":false}', '[]', '']) assert.equal(sharesOverIpfs(bytes(text)), false, text);
  });
});
