import assert from 'node:assert/strict';
import type { SeedPeerSnapshot } from '../../../../src/contract/seedApi.ts';
import { changedSeeds, drawnSeeds } from '../../../../src/editor/seeds/seedsChanges.ts';
import type { SeedsState } from '../../../../src/editor/seeds/seedsMirror.ts';
import { keyOf } from '../../../../src/editor/seeds/seedsNode.ts';
import { NOTHING, sampleSeed, sampleShare, sampleSharing } from './sampleSeeds.ts';

function changed(before: SeedsState, after: SeedsState): string | string[] {
  const t = (message: string) => message;
  const changes = changedSeeds(drawnSeeds(before, t), drawnSeeds(after, t));
  return changes === 'all' ? changes : changes.map(keyOf);
}

describe('changedSeeds', () => {
  const sharing = (bytesServed: number): SeedsState => ({
    ...NOTHING,
    sharing: sampleSharing({ shares: [sampleShare({ bytesServed })] }),
  });

  it('draws nothing again that looks the same', () => {
    assert.deepEqual(changed(sharing(1000), sharing(1000)), []);
  });

  it('draws all when a group comes or goes', () => {
    assert.equal(changed(NOTHING, sharing(0)), 'all');
    assert.equal(changed(sharing(0), NOTHING), 'all');
  });

  it('draws all when the first seed is found, for a group that can be unfolded is another line', () => {
    const found = (peers: readonly SeedPeerSnapshot[]): SeedsState => ({
      ...sharing(0),
      found: { peers, files: [] },
    });
    assert.equal(changed(found([]), found([sampleSeed()])), 'all');
  });

  it('draws only the line that looks otherwise', () => {
    assert.deepEqual(changed(sharing(1000), sharing(2000)), ['share:share001']);
  });

  it('draws the line above those that come or go', () => {
    const found = (files: readonly string[]): SeedsState => {
      const offered = files.map((name) => ({ name, sizeBytes: 0, sha256: null }));
      return { ...NOTHING, found: { peers: [sampleSeed({ files: offered })], files: [] } };
    };
    assert.deepEqual(changed(found(['a']), found(['b'])), ['seed:127.0.0.1:8081']);
  });
});
