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
    assert.deepEqual(downloadAgain(task, 'https://example.org/big.iso?token=1', [task]), {
      address: 'https://example.org/big.iso?token=1',
      checksum: 'sha256:ab',
      fileName: 'big.iso',
      mirrors: [],
    });
  });

  it('asks the other seeds, too, and no mirror whose address is not known in full', () => {
    const [first, second] = ['seed://127.0.0.1:8080/big.iso', 'seed://127.0.0.1:8081/big.iso'];
    const sources = [source('seed', first), source('seed', second), source('http', 'https://example.org/big.iso')];
    assert.deepEqual(downloadAgain(sampleTask({ sources }), first, [])?.mirrors, [second]);
  });

  it('asks for no single file of a Metalink, whose link would bring the first one under its name, and all others', () => {
    const first = sampleTask({ id: 'first', name: 'a.iso' });
    const second = sampleTask({ id: 'second', name: 'b.iso', addedBy: 'first' });
    const link = 'https://example.org/all.meta4';
    assert.equal(downloadAgain(second, link, [second]), null);
    assert.equal(downloadAgain(first, link, [first, second]), null);
    assert.equal(downloadAgain(first, link, [first])?.fileName, 'a.iso');
  });

  it('asks for a single file of an IPFS folder, which has a link of its own', () => {
    const task = sampleTask({ addedBy: 'first' });
    assert.equal(downloadAgain(task, 'ipfs://bafy/b.iso', [task])?.address, 'ipfs://bafy/b.iso');
  });
});
