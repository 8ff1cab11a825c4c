import assert from 'node:assert/strict';
import { taskTable } from '../../../src/cli/taskTable.ts';
import { sampleTask } from './sampleTask.ts';

describe('taskTable', () => {
  it('aligns its columns, also with wide characters and unknown sizes', () => {
    const paused = { state: 'paused', reason: null } as const;
    assert.deepEqual(
      taskTable([
        sampleTask(),
        sampleTask({
          id: 'zz',
          name: '日本.zip',
          sizeBytes: null,
          receivedBytes: 1200,
          limitBytesPerSecond: 2_000_000,
          status: paused,
        }),
      ]),
      [
        'ID        STATE     DONE    SIZE      SPEED     LIMIT  NAME',
        'abcd1234  active    42 %  200 MB  11.3 MB/s            big.iso',
        'zz        paused  1.2 kB      --             2.0 MB/s  日本.zip',
      ],
    );
  });
});
