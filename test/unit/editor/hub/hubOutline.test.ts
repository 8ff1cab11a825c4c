import assert from 'node:assert/strict';
import type { HubMirror } from '../../../../src/editor/hub/hubMirror.ts';
import { type HubNode, hubNodeKey, isHubNode } from '../../../../src/editor/hub/hubNode.ts';
import { hubOutline } from '../../../../src/editor/hub/hubOutline.ts';
import { HUB, mirrorWith, sampleFile, sampleJoined, sampleOwn, sampleUpload } from './sampleHub.ts';

const ROOT: HubNode = { kind: 'hub', hub: HUB };

function keysUnder(mirror: HubMirror, parent: HubNode | null): string[] {
  return hubOutline(mirror, parent).map(hubNodeKey);
}

describe('hubOutline', () => {
  it('has members, then what is on its way, then files, the latest first', () => {
    const mirror = mirrorWith(
      [
        sampleFile('old', { uploadedAt: '2026-11-18T09:00:00Z' }),
        sampleFile('odd', { uploadedAt: 'yesterday' }),
        sampleFile('new', { uploadedAt: '2026-11-20T09:00:00Z' }),
      ],
      { uploads: [sampleUpload('u')] },
    );
    assert.deepEqual(keysUnder(mirror, null), [`hub:${HUB}`]);
    assert.deepEqual(keysUnder(mirror, ROOT), [
      `hubMembers:${HUB}`,
      `hubUpload:${HUB}/u`,
      `hubFile:${HUB}/new`,
      `hubFile:${HUB}/old`,
      `hubFile:${HUB}/odd`,
    ]);
    assert.equal(hubOutline(mirror, { kind: 'hubMembers', hub: HUB }).length, 2);
  });

  it('shows what comes in at the own hub, and own uploads only once', () => {
    const incoming = ['fid-u', 'theirs'].map((fid) => ({
      fid,
      name: fid,
      uploader: 'Ben',
      sizeBytes: 10,
      receivedBytes: 5,
    }));
    const mirror = mirrorWith([], {
      own: sampleOwn({ incoming }),
      joined: [sampleJoined({ own: true })],
      uploads: [sampleUpload('u')],
    });
    assert.deepEqual(keysUnder(mirror, ROOT), [`hubMembers:${HUB}`, `hubUpload:${HUB}/u`, `hubIncoming:${HUB}/theirs`]);
  });

  it('says what to do in a hub without files, but not in one that is away', () => {
    assert.deepEqual(keysUnder(mirrorWith([]), ROOT), [`hubMembers:${HUB}`, `hubEmpty:${HUB}`]);
    for (const state of ['waiting', 'key-needed'] as const) {
      assert.deepEqual(keysUnder(mirrorWith([], { joined: [sampleJoined({ state })] }), ROOT), []);
    }
  });

  it('tells members of the same name apart', () => {
    const mirror = mirrorWith([], { joined: [sampleJoined({ members: ['student', 'student'] })] });
    assert.equal(new Set(keysUnder(mirror, { kind: 'hubMembers', hub: HUB })).size, 2);
  });
});

describe('isHubNode', () => {
  it('takes lines of the view and nothing else', () => {
    assert.ok(isHubNode(ROOT));
    for (const other of [null, 'hub', { kind: 'task', id: 'x' }, { kind: 'hub' }, { kind: 'other', hub: HUB }]) {
      assert.ok(!isHubNode(other));
    }
  });
});
