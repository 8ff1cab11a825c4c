import assert from 'node:assert/strict';
import { join } from 'node:path';
import { toDiskError } from '../../../../src/engine/disk/diskError.ts';

describe('toDiskError', () => {
  const folder = join('/', 'w');
  const file = join(folder, 'f.bin.part.json');
  const refused = Object.assign(new Error('refused'), { code: 'EACCES' });

  it('names the folder of a file that may not be written, and not the file as a folder', () => {
    assert.deepEqual(toDiskError(refused, file).toInfo(), { code: 'folder-unwritable', args: { path: folder } });
  });

  it('names a folder itself', () => {
    assert.deepEqual(toDiskError(refused, folder, folder).args, { path: folder });
  });

  it('names the file of all other errors', () => {
    for (const code of ['ENOSPC', 'ENOENT', 'EEXIST', 'EIO']) {
      assert.equal(toDiskError(Object.assign(new Error(code), { code }), file).args.path, file);
    }
  });
});
