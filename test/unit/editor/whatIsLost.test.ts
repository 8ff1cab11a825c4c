import assert from 'node:assert/strict';
import type { TaskStatus } from '../../../src/contract/task.ts';
import { leavingParts, lostByCancel } from '../../../src/editor/whatIsLost.ts';
import { sampleTask } from './sampleTask.ts';

const failed: TaskStatus = { state: 'failed', error: { code: 'connection-lost', args: { host: 'h' } } };
const completed: TaskStatus = { state: 'completed', verification: 'size-only', sha256: null, finishedAt: 1 };
const fresh = sampleTask({ receivedBytes: 0 });

describe('lostByCancel', () => {
  it('is nothing for one that has not begun', () => assert.equal(lostByCancel([fresh]), null));
  it('is the links of a queue', () => assert.equal(lostByCancel([fresh, fresh]), 'links'));
  it('is what has arrived of any', () => assert.equal(lostByCancel([fresh, sampleTask()]), 'bytes'));
});

describe('leavingParts', () => {
  it('finds failed downloads of which something has arrived, and no others', () => {
    const half = sampleTask({ status: failed });
    const others = [sampleTask({ status: failed, receivedBytes: 0 }), sampleTask({ status: completed })];
    assert.deepEqual(leavingParts([half, ...others]), [half]);
  });
});
