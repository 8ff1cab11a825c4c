import assert from 'node:assert/strict';
import { HubMirror, type HubMirrorChange } from '../../../../src/editor/hub/hubMirror.ts';
import {
  HUB,
  mirrorWith,
  OTHER_HUB,
  sampleChange,
  sampleFile,
  sampleJoined,
  sampleOwn,
  sampleSnapshot,
  sampleUpload,
} from './sampleHub.ts';

function heardBy(mirror: HubMirror): HubMirrorChange[] {
  const heard: HubMirrorChange[] = [];
  mirror.onDidChange((change) => heard.push(change));
  return heard;
}

describe('HubMirror', () => {
  it('leaves out what comes before the first whole picture', () => {
    const mirror = new HubMirror();
    const heard = heardBy(mirror);
    mirror.apply(sampleChange({ files: [{ hub: HUB, added: [sampleFile('a')], news: ['a'], removed: [] }] }));
    assert.deepEqual([mirror.hubs, heard], [[], []]);
  });

  it('tells of nothing that was there before', () => {
    const mirror = new HubMirror();
    const heard = heardBy(mirror);
    mirror.replaceAll(sampleSnapshot({ joined: [sampleJoined()], files: [{ hub: HUB, files: [sampleFile('a')] }] }));
    assert.deepEqual(heard, [{ news: [], removed: [], failedUploads: [] }]);
    assert.deepEqual(mirror.filesOf(HUB), [sampleFile('a')]);
  });

  it('tells of files that others have just shared, and of those that are gone', () => {
    const mirror = mirrorWith([sampleFile('a')]);
    const heard = heardBy(mirror);
    const [theirs, mine] = [sampleFile('b'), sampleFile('c', { mine: true })];
    mirror.apply(sampleChange({ files: [{ hub: HUB, added: [theirs, mine], news: ['b'], removed: ['a', 'x'] }] }));
    assert.deepEqual(heard, [
      { news: [{ hub: HUB, file: theirs }], removed: [{ hub: HUB, fid: 'a' }], failedUploads: [] },
    ]);
    assert.deepEqual(mirror.filesOf(HUB), [theirs, mine]);
  });

  it('forgets the files of a hub that was left', () => {
    const mirror = mirrorWith([sampleFile('a')]);
    const heard = heardBy(mirror);
    mirror.apply(sampleChange({ joined: [] }));
    assert.deepEqual([mirror.hubs, mirror.filesOf(HUB)], [[], []]);
    assert.deepEqual(heard[0]?.removed, [{ hub: HUB, fid: 'a' }]);
  });

  it('tells once of an upload that failed, and again when it fails again', () => {
    const mirror = mirrorWith([]);
    const heard = heardBy(mirror);
    const failed = sampleUpload('u', {
      status: { state: 'failed', error: { code: 'not-a-hub', args: { host: HUB } } },
    });
    for (const upload of [failed, failed, sampleUpload('u'), failed]) mirror.apply(sampleChange({ uploads: [upload] }));
    assert.deepEqual(
      heard.map(({ failedUploads }) => failedUploads.length),
      [1, 0, 0, 1],
    );
  });

  it('has uploads until they are complete or taken off', () => {
    const mirror = mirrorWith([], { uploads: [sampleUpload('a'), sampleUpload('b'), sampleUpload('c')] });
    const done = sampleUpload('a', { status: { state: 'completed', finishedAt: 1 } });
    mirror.apply(sampleChange({ uploads: [done], removedUploads: ['b'] }));
    assert.deepEqual(
      mirror.uploadsTo(HUB).map(({ id }) => id),
      ['c'],
    );
    assert.deepEqual(mirror.uploadsTo(OTHER_HUB), []);
  });

  it('shows the own hub first, also when it could not be started again', () => {
    const error = { code: 'port-in-use', args: { host: '127.0.0.1', port: 8090 } } as const;
    const own = sampleOwn({ state: 'failed', error });
    for (const joined of [[], [sampleJoined({ own: true, state: 'waiting' })]]) {
      const mirror = new HubMirror();
      mirror.replaceAll(sampleSnapshot({ own, joined: [sampleJoined({ address: OTHER_HUB }), ...joined] }));
      assert.deepEqual(
        mirror.hubs.map(({ address, state, error: why }) => [address, state, why]),
        [
          [HUB, 'failed', error],
          [OTHER_HUB, 'joined', null],
        ],
      );
    }
  });

  it('shows hubs as connecting while no engine is there', () => {
    const mirror = mirrorWith([sampleFile('a')]);
    mirror.markDisconnected();
    assert.equal(mirror.hub(HUB)?.state, 'connecting');
    assert.equal(mirror.filesOf(HUB).length, 1);
  });
});
