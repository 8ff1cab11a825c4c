import assert from 'node:assert/strict';
import { parseHubMessage } from '../../../../../src/engine/protocols/hub/hubMessages.ts';

describe('parseHubMessage', () => {
  const record = {
    fid: '0b6f8a3e-1c2d-4e5f-8a9b-0c1d2e3f4a5b',
    filename: 'a',
    size: 1,
    sha256: 'A'.repeat(64),
    uploader: 'x',
    uploader_uid: 'x',
    uploaded_at: '2026-01-01T00:00:00.000Z',
  };
  const read = { ...record, sha256: 'a'.repeat(64) };
  const fid = record.fid;

  const cases: readonly (readonly [what: string, message: unknown, read: unknown])[] = [
    ['a uid that is a number', { type: 'WELCOME', uid: 7, files: [] }, { type: 'WELCOME', uid: '7', files: [] }],
    ['no uid', { type: 'WELCOME', files: [] }, null],
    ['no list', { type: 'WELCOME', uid: 'u' }, null],
    [
      'one good record among bad ones',
      { type: 'WELCOME', uid: 'u', files: [null, { ...record, size: -1 }, record, {}, 'x'] },
      { type: 'WELCOME', uid: 'u', files: [read] },
    ],
    [
      'the same in a FILE_LIST',
      {
        type: 'FILE_LIST',
        files: [
          { ...record, fid: 3 },
          { ...record, uploader_uid: 3 },
        ],
      },
      { type: 'FILE_LIST', files: [{ ...read, uploader_uid: '3' }] },
    ],
    [
      'an uploader_uid that is a number',
      { type: 'FILE_AVAILABLE', ...record, uploader_uid: 3 },
      { type: 'FILE_AVAILABLE', ...read, uploader_uid: '3' },
    ],
    [
      'a record without a digest',
      { type: 'FILE_AVAILABLE', ...record, sha256: undefined },
      { type: 'FILE_AVAILABLE', ...record, sha256: null },
    ],
    ['a record that makes no sense', { type: 'FILE_AVAILABLE', ...record, uploader_uid: null }, null],
    [
      'an ERROR with a number and without words',
      { type: 'ERROR', code: 404, fid },
      { type: 'ERROR', code: '404', message: '', fid },
    ],
  ];
  for (const [what, message, expected] of cases)
    it(what, () => assert.deepEqual(parseHubMessage(JSON.stringify(message)), expected));
});
