import assert from 'node:assert/strict';
import type { TaskSnapshot } from '../../../src/contract/task.ts';
import { taskDescription } from '../../../src/editor/taskText.ts';
import { activeStatus, english, sampleTask } from './sampleTask.ts';

describe('taskDescription', () => {
  const cases: readonly [string, Partial<TaskSnapshot>, string][] = [
    ['percent, speed and time left', { status: activeStatus() }, '42 % · 11.3 MB/s · 2 min left'],
    ['no time left while it is unknown', { status: activeStatus({ secondsLeft: null }) }, '42 % · 11.3 MB/s'],
    [
      'bytes in the place of percent without a size',
      { sizeBytes: null, status: activeStatus({ secondsLeft: null }) },
      '84.0 MB · 11.3 MB/s',
    ],
    ['connecting anew', { receivedBytes: 0, status: activeStatus({ phase: 'connecting' }) }, 'connecting…'],
    ['connecting to go on', { status: activeStatus({ phase: 'connecting' }) }, '42 % · connecting…'],
    ['verifying', { status: activeStatus({ phase: 'verifying' }) }, 'verifying…'],
    ['finishing', { status: activeStatus({ phase: 'finishing' }) }, 'finishing…'],
    [
      'waiting between two attempts',
      { status: activeStatus({ waiting: { code: 'idle-timeout', args: { host: 'h' } } }) },
      '42 % · waiting to try again',
    ],
    ['the size of what is queued', { receivedBytes: 0 }, '200 MB'],
    ['nothing for a queued file of unknown size', { receivedBytes: 0, sizeBytes: null }, ''],
    ['what a queued file has already', {}, '42 % of 200 MB'],
    ['what a paused file has already', { status: { state: 'paused', reason: null } }, '42 % of 200 MB'],
    [
      'nothing of a paused file that never began',
      { receivedBytes: 0, sizeBytes: null, status: { state: 'paused', reason: null } },
      '',
    ],
    [
      'why it was paused',
      { status: { state: 'paused', reason: { code: 'disk-full', args: { path: '/home/anna/work' } } } },
      'The disk that holds work is full; free some space and resume.',
    ],
    [
      'why it failed',
      { status: { state: 'failed', error: { code: 'dns-failed', args: { host: 'h' } } } },
      'The host h was not found; check the link and your connection.',
    ],
    [
      'a failure that is tried again by itself',
      { status: { state: 'failed', error: { code: 'connection-lost', args: { host: 'h' } }, retryAt: 1 } },
      '42 % of 200 MB · waiting to try again · The connection to h was lost.',
    ],
    [
      'a checksum that matched',
      { status: { state: 'completed', verification: 'verified', sha256: null, finishedAt: 1 } },
      '200 MB · verified',
    ],
    [
      'a file without a checksum',
      { status: { state: 'completed', verification: 'size-only', sha256: null, finishedAt: 1 } },
      '200 MB',
    ],
  ];
  for (const [name, over, expected] of cases) {
    it(`tells ${name}`, () => assert.equal(taskDescription(sampleTask(over), english), expected));
  }
});
