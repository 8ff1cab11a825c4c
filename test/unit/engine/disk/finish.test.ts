import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finishFile } from '../../../../src/engine/disk/finish.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { assertCode, rejection } from '../assertCode.ts';

describe('finishFile', () => {
  const scope = useScope();
  let folder: string;
  let part: string;
  let target: string;

  beforeEach(() => {
    folder = tempFolder(scope);
    part = join(folder, 'a.part');
    target = join(folder, 'a');
    writeFileSync(part, 'new');
  });

  for (const replace of [true, false]) {
    it(`gives the part its final name, ${replace ? 'replacing' : 'not replacing'}`, async () => {
      await finishFile(part, target, { replace });
      assert.equal(readFileSync(target, 'utf8'), 'new');
      assert.deepEqual(readdirSync(folder), ['a']);
    });
  }

  it('replaces a file when told to', async () => {
    writeFileSync(target, 'old');
    await finishFile(part, target, { replace: true });
    assert.equal(readFileSync(target, 'utf8'), 'new');
    assert.deepEqual(readdirSync(folder), ['a']);
  });

  const taken: [what: string, take: () => void][] = [
    ['a file', () => writeFileSync(target, 'old')],
    ['a folder', () => mkdirSync(target)],
    ['a link that leads nowhere', () => symlinkSync(join(folder, 'nowhere'), target)],
  ];
  for (const [what, take] of taken) {
    it(`never takes the place of ${what} unasked, and keeps the part`, async () => {
      take();
      assertCode(await rejection(finishFile(part, target, { replace: false })), 'file-exists');
      assert.equal(readFileSync(part, 'utf8'), 'new');
      if (what === 'a file') assert.equal(readFileSync(target, 'utf8'), 'old');
      assert.equal(existsSync(join(folder, 'nowhere')), false);
    });
  }

  it('lets only one of two win the name', async () => {
    const other = join(folder, 'b.part');
    writeFileSync(other, 'other');
    const results = await Promise.allSettled([part, other].map((path) => finishFile(path, target, { replace: false })));
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal(readdirSync(folder).length, 2);
  });

  it('tells when the part is gone', async () => {
    assertCode(await rejection(finishFile(join(folder, 'none'), target, { replace: false })), 'file-missing');
    assertCode(await rejection(finishFile(join(folder, 'none'), target, { replace: true })), 'file-missing');
  });
});
