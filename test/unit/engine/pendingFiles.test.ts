import assert from 'node:assert/strict';
import type { HubFile } from '../../../src/contract/hub.ts';
import { PendingFiles } from '../../../src/engine/pendingFiles.ts';

describe('PendingFiles', () => {
  function file(fid: string): HubFile {
    const texts = { name: 'a', sha256: '', uploader: 'x', uploadedAt: '', address: `hub://h:1/${fid}` };
    return { fid, ...texts, sizeBytes: 1, mine: false };
  }

  it('tells of each hub once what became of its files in the end', () => {
    const pending = new PendingFiles();
    pending.added('a', file('1'), { isNews: true });
    pending.added('a', file('2'), { isNews: false });
    pending.added('b', file('3'), { isNews: true });
    pending.removed('a', '1');
    pending.removed('a', '4');
    pending.added('a', file('4'), { isNews: true });
    assert.deepEqual(pending.take(), [
      { hub: 'a', added: [file('2'), file('4')], news: ['4'], removed: ['1'] },
      { hub: 'b', added: [file('3')], news: ['3'], removed: [] },
    ]);
    assert.deepEqual(pending.take(), []);
  });

  it('forgets a hub that was left', () => {
    const pending = new PendingFiles();
    pending.added('a', file('1'), { isNews: true });
    pending.forget('a');
    assert.deepEqual(pending.take(), []);
  });
});
