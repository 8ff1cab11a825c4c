import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TributaryError } from '../../../../src/contract/errors.ts';
import { readJson, removeFile, writeJson } from '../../../../src/engine/disk/jsonFile.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { rejection } from '../assertCode.ts';

describe('jsonFile', () => {
  const scope = useScope();

  it('replaces a file whole, for its owner only, and leaves nothing beside it', async () => {
    const folder = tempFolder(scope);
    const path = join(folder, 'a.json');
    for (const durable of [true, false]) {
      await writeJson(path, { a: 'x'.repeat(100_000) }, { durable });
      await writeJson(path, { a: [1, 'ü'] }, { durable });
      assert.deepEqual(await readJson(path), { a: [1, 'ü'] });
    }
    assert.deepEqual(readdirSync(folder), ['a.json']);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('can be read at any time while it is written, as the old or the new text', async () => {
    const path = join(tempFolder(scope), 'a.json');
    const value = (n: number): object => ({ n, text: String(n).repeat(50_000) });
    await writeJson(path, value(0), { durable: false });
    let writing = true;
    const writes = (async () => {
      for (let n = 1; n <= 30; n++) await writeJson(path, value(n % 10), { durable: false });
      writing = false;
    })();
    while (writing) assert.notEqual(await readJson(path), undefined);
    await writes;
  });

  it('holds what was given last, however many writes are under way', async () => {
    const path = join(tempFolder(scope), 'a.json');
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 20 }, (_, n) => writeJson(path, { n }, { durable: false })));
      assert.deepEqual(await readJson(path), { n: 19 });
    }
  });

  it('has room beside a name of 255 bytes', async () => {
    const path = join(tempFolder(scope), `${'ü'.repeat(125)}.json`);
    await writeJson(path, {});
    assert.deepEqual(await readJson(path), {});
  });

  it('fails with a coded error where the folder is gone, and does not make it anew', async () => {
    const folder = tempFolder(scope);
    assert.ok((await rejection(writeJson(join(folder, 'no', 'a.json'), {}))) instanceof TributaryError);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('reads nothing from what is missing, torn or a folder', async () => {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'torn'), '{"a":');
    writeFileSync(join(folder, 'empty'), '');
    for (const name of ['missing', 'torn', 'empty', '.']) assert.equal(await readJson(join(folder, name)), undefined);
  });

  it('removes what is there, and is content with nothing', async () => {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'a'), '');
    await removeFile(join(folder, 'a'));
    await removeFile(join(folder, 'a'));
    assert.deepEqual(readdirSync(folder), []);
    assert.throws(() => readFileSync(join(folder, 'a')));
  });
});
