import assert from 'node:assert/strict';
import { requestOf, seedFileOf, seedsOf } from '../../../../src/editor/seeds/seedFiles.ts';
import type { SeedsState } from '../../../../src/editor/seeds/seedsMirror.ts';
import { NOTHING, SHA256, sampleSeed } from './sampleSeeds.ts';

describe('a file of the seeds', () => {
  const one = { name: 'a.bin', sizeBytes: 10, sha256: SHA256 };
  const other = { name: 'a.bin', sizeBytes: 20, sha256: null };
  const state: SeedsState = {
    ...NOTHING,
    found: {
      peers: [
        sampleSeed({ address: '127.0.0.1:8080', files: [one] }),
        sampleSeed({ address: '127.0.0.1:8081', files: [{ ...one, sha256: null }] }),
        sampleSeed({ address: '127.0.0.1:8082', files: [other] }),
      ],
      files: [
        { ...one, addresses: ['seed://127.0.0.1:8080/a.bin', 'seed://127.0.0.1:8081/a.bin'] },
        { ...other, addresses: ['seed://127.0.0.1:8082/a.bin'] },
      ],
    },
  };
  const at = (seed: string) => {
    const file = seedFileOf(state, { kind: 'seedFile', seed, name: 'a.bin' });
    return file && requestOf(file);
  };

  it('comes from all that have it, the chosen one first, and is checked when anybody knows its digest', () => {
    assert.deepEqual(at('127.0.0.1:8081'), {
      address: 'seed://127.0.0.1:8081/a.bin',
      checksum: `sha256:${SHA256}`,
      mirrors: ['seed://127.0.0.1:8080/a.bin'],
    });
  });

  it('is never mixed with another one of the same name', () => {
    assert.deepEqual(at('127.0.0.1:8082'), { address: 'seed://127.0.0.1:8082/a.bin', checksum: null, mirrors: [] });
  });

  it('names the seeds that have it', () => {
    const file = seedFileOf(state, { kind: 'seedFile', seed: '127.0.0.1:8081', name: 'a.bin' });
    assert.deepEqual(file && seedsOf(file), ['127.0.0.1:8081', '127.0.0.1:8080']);
  });

  it('is nothing when its seed has gone', () => {
    assert.equal(at('127.0.0.1:9999'), null);
  });
});
