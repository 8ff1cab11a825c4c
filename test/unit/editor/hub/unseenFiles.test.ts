import assert from 'node:assert/strict';
import { UnseenFiles } from '../../../../src/editor/hub/unseenFiles.ts';
import { HUB, OTHER_HUB, sampleFile } from './sampleHub.ts';

describe('UnseenFiles', () => {
  it('counts each file once until it is seen or gone', () => {
    const unseen = new UnseenFiles();
    const [a, b] = [sampleFile('a'), sampleFile('b')];
    unseen.add([
      { hub: HUB, file: a },
      { hub: HUB, file: b },
      { hub: OTHER_HUB, file: a },
    ]);
    unseen.add([{ hub: HUB, file: a }]);
    assert.equal(unseen.count, 3);
    unseen.remove([
      { hub: OTHER_HUB, fid: 'a' },
      { hub: OTHER_HUB, fid: 'b' },
    ]);
    assert.equal(unseen.count, 2);
    unseen.clear();
    assert.equal(unseen.count, 0);
  });
});
