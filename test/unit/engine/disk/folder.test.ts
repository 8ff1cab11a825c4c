import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from '../../../../src/engine/disk/folder.ts';
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
