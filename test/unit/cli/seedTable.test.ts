import assert from 'node:assert/strict';
import { seedTable } from '../../../src/cli/seedTable.ts';

describe('seedTable', () => {
  it('aligns seeds and files, and leaves out who is down', () => {
    const file = { name: 'a\u0007b', sizeBytes: 1_234_567, sha256: null };
    const peer = (port: number, state: 'up' | 'down') => ({
      address: `127.0.0.1:${port}`,
      port,
      seedNumber: port - 8079,
      state,
      known: true,
      form: state === 'up' ? ('classic' as const) : null,
      files: state === 'up' ? [file] : [],
      unlisted: port === 8088 ? 500 : 0,
      error: null,
    });
    const files = [{ ...file, addresses: ['seed://127.0.0.1:8080/a', 'seed://127.0.0.1:8088/a'] }];
    assert.deepEqual(seedTable({ peers: [peer(8080, 'up'), peer(8081, 'down'), peer(8088, 'up')], files }), [
      'SEED  ADDRESS         FORM     FILES',
      '   1  127.0.0.1:8080  classic  1',
      '   9  127.0.0.1:8088  classic  1 of 501',
      '',
      '  SIZE  SEEDS  NAME',
      '1.2 MB  1 9    a\uFFFDb',
    ]);
  });
});
