import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureFolder, listFiles, makePrivateFolder } from '../../../../src/engine/disk/folder.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { assertCode, rejection } from '../assertCode.ts';

describe('listFiles', () => {
  const scope = useScope();

  it('finds nothing where nothing is, and does not take what cannot be read for empty', async () => {
    const folder = tempFolder(scope);
    const path = join(folder, 'a');
    writeFileSync(path, '');
    assert.deepEqual(await listFiles(folder), ['a']);
    assert.deepEqual(await listFiles(join(folder, 'missing')), []);
    assertCode(await rejection(listFiles(path)), 'disk-error');
  });
});

for (const [what, make] of [
  ['ensureFolder', ensureFolder],
  ['makePrivateFolder', makePrivateFolder],
] as const) {
  describe(what, () => {
    const scope = useScope();

    it('makes the folder with those above it, also several times at once', async () => {
      const path = join(tempFolder(scope), 'a', 'b', 'c');
      await Promise.all([make(path), make(path), make(join(path, 'd'))]);
      assert.ok(statSync(join(path, 'd')).isDirectory());
      await make(path);
    });

    it('says that a file is in the way, above the folder or in its place', async () => {
      const file = join(tempFolder(scope), 'file');
      writeFileSync(file, '');
      for (const path of [file, join(file, 'x'), join(file, 'x', 'y')])
        await assert.rejects(make(path), { code: 'folder-missing', message: /a file is in the way/ });
    });

    it('gives up where nothing can be made', async function () {
      if (process.platform !== 'linux') this.skip();
      await assert.rejects(make('/proc/tributary/x'), { code: 'folder-missing' });
    });
  });
}
