import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import { asideNames, forgetNames, mayExist, nameAdded } from '../../../../src/engine/disk/folderNames.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';

describe('names in a folder', () => {
  const scope = useScope();
  let folder: string;

  beforeEach(() => {
    folder = tempFolder(scope);
    writeFileSync(join(folder, 'there'), '');
  });

  it('are those that are there', async () => {
    assert.equal(await mayExist(join(folder, 'there')), true);
    assert.equal(await mayExist(join(folder, 'not there')), false);
  });

  const same: [there: string, asked: string][] = [
    ['Photo.JPG', 'photo.jpg'],
    ['e\u0301.bin', '\u00e9.bin'],
    ['\u00c9.bin', 'e\u0301.bin'],
  ];
  for (const [there, asked] of same) {
    it(`"${asked}" may be "${there}": some file systems see no difference`, async () => {
      writeFileSync(join(folder, there), '');
      assert.equal(await mayExist(join(folder, asked)), true);
    });
  }

  it('are remembered, and what this process adds is among them', async () => {
    assert.equal(await mayExist(join(folder, 'a')), false);
    writeFileSync(join(folder, 'a'), '');
    assert.equal(await mayExist(join(folder, 'a')), false);
    nameAdded(join(folder, 'a'));
    assert.equal(await mayExist(join(folder, 'a')), true);
  });

  it('are read again after a moment', async () => {
    const fakes = mock.timers;
    fakes.enable({ apis: ['setTimeout'] });
    try {
      assert.equal(await mayExist(join(folder, 'a')), false);
      writeFileSync(join(folder, 'a'), '');
      fakes.tick(250);
      assert.equal(await mayExist(join(folder, 'a')), true);
    } finally {
      fakes.reset();
      forgetNames(folder);
    }
  });

  it('tell which files were written aside', async () => {
    assert.deepEqual(await asideNames(folder), []);
    nameAdded(join(folder, '.tributary-1-2.tmp'));
    assert.deepEqual(await asideNames(folder), ['.tributary-1-2.tmp']);
  });

  it('are unknown where the folder cannot be read, and where there are too many', async () => {
    assert.equal(await mayExist(join(folder, 'none', 'a')), true);
    assert.deepEqual(await asideNames(join(folder, 'none')), []);
    for (let n = 0; n < 5000; n++) writeFileSync(join(folder, `${n}`), '');
    assert.equal(await mayExist(join(folder, 'not there')), true);
  });
});
