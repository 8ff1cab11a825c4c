import assert from 'node:assert/strict';
import type { SourceSnapshot } from '../../../src/contract/task.ts';
import { downloadAgain } from '../../../src/editor/downloadAgain.ts';
import { sampleTask } from './sampleTask.ts';

const source = (kind: SourceSnapshot['kind'], address: string): SourceSnapshot => ({
  kind,
  address,
  receivedBytes: 0,
  error: null,
});

describe('downloadAgain', () => {
  it('asks for the same file: its name, its digest, and all of its link', () => {
    const task = sampleTask({ checksum: 'sha256:ab', sources: [source('http', 'https://example.org/big.iso')] });
    assert.deepEqual(downloadAgain(task, 'https://me:secret@example.org/big.iso?token=1'), {
      address: 'https://me:secret@example.org/big.iso?token=1',
      checksum: 'sha256:ab',
      fileName: 'big.iso',
      mirrors: [],
    });
  });

  it('asks the other seeds, too, and no mirror whose address is not known in full', () => {
    const [first, second] = ['seed://127.0.0.1:8080/big.iso', 'seed://127.0.0.1:8081/big.iso'];
    const sources = [source('seed', first), source('seed', second), source('http', 'https://example.org/big.iso')];
    assert.deepEqual(downloadAgain(sampleTask({ sources }), first).mirrors, [second]);
  });
});
