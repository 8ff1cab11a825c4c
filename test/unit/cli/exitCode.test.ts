import assert from 'node:assert/strict';
import { exitCodeOf } from '../../../src/cli/exitCode.ts';
import type { ErrorCode } from '../../../src/contract/errors.ts';

describe('exitCodeOf', () => {
  const cases: readonly (readonly [ErrorCode, number])[] = [
    ['internal', 1],
    ['engine-lost', 1],
    ['not-a-link', 2],
    ['bad-option', 2],
    ['unknown-task', 2],
    ['engine-not-running', 2],
    ['dns-failed', 3],
    ['connection-refused', 3],
    ['tls-untrusted', 3],
    ['not-found', 3],
    ['checksum-mismatch', 4],
    ['disk-full', 5],
    ['file-exists', 5],
    ['folder-unwritable', 5],
    ['redirect-refused', 6],
  ];
  for (const [code, exitCode] of cases) {
    it(`${code} ends with ${exitCode}`, () => assert.equal(exitCodeOf(code), exitCode));
  }
});
