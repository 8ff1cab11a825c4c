import assert from 'node:assert/strict';
import type { ErrorInfo } from '../../../src/contract/errors.ts';
import { errorText, shortErrorText } from '../../../src/editor/errorText.ts';
import { english } from './sampleTask.ts';

describe('errorText', () => {
  const expected = `sha256:${'0123456789ab'.padEnd(64, 'c')}`;
  const actual = 'f'.repeat(64);
  const wrong: ErrorInfo = {
    code: 'checksum-mismatch',
    args: { path: '/w/f.bin', expected, actual, kept: '/w/f.bin.bad' },
  };

  it('leaves of two digests what tells them apart, and of two files of a folder their names', () => {
    assert.equal(
      errorText(wrong, english),
      'The checksum of f.bin is wrong (expected sha256:0123456789ab…, got ffffffffffff…); the file was kept as f.bin.bad.',
    );
  });

  it('names files without their folders in lines', () => {
    const full: ErrorInfo = { code: 'disk-full', args: { path: '/a/long/path/f.bin' } };
    assert.equal(shortErrorText(full, english), 'The disk that holds f.bin is full; free some space and resume.');
  });
});
