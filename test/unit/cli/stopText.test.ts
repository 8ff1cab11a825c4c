import assert from 'node:assert/strict';
import { stopText } from '../../../src/cli/textReport.ts';
import type { TaskSnapshot } from '../../../src/contract/task.ts';
import { sampleTask } from './sampleTask.ts';

describe('stopText', () => {
  const cases: readonly (readonly [string, readonly TaskSnapshot[], number, number, string])[] = [
    [
      'what is kept of one file',
      [sampleTask()],
      0,
      1,
      'Stopped: 84.0 MB of 200 MB are kept. Run the same command again to resume.',
    ],
    [
      'what is kept of a file of unknown size',
      [sampleTask({ sizeBytes: null })],
      0,
      1,
      'Stopped: 84.0 MB are kept. Run the same command again to resume.',
    ],
    [
      'that nothing is kept yet',
      [sampleTask({ receivedBytes: 0 })],
      0,
      1,
      'Stopped. Run the same command again to start over.',
    ],
    ['that nothing was begun', [], 0, 1, 'Stopped. Run the same command again to start over.'],
    [
      'that the server cannot resume',
      [sampleTask({ resumable: false })],
      0,
      1,
      'Stopped. This server cannot resume: the same command begins anew.',
    ],
    [
      'how many of several files are complete',
      [sampleTask()],
      2,
      3,
      'Stopped: 2 of 3 files are complete. Run the same command again with --exists skip to resume.',
    ],
    [
      'that none of several files is complete',
      [sampleTask()],
      0,
      3,
      'Stopped: 0 of 3 files are complete. Run the same command again to resume.',
    ],
  ];
  for (const [what, unfinished, completed, wanted, expected] of cases) {
    it(`says ${what}`, () => assert.equal(stopText(unfinished, completed, wanted), expected));
  }
});
