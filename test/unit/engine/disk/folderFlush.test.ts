import assert from 'node:assert/strict';
import { join } from 'node:path';
import { flushFolder } from '../../../../src/engine/disk/folderFlush.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';

describe('flushFolder', () => {
  const scope = useScope();

  it('those who ask while one is under way share the next one, which begins after it', async () => {
    const folder = tempFolder(scope);
    const ended: string[] = [];
    const first = flushFolder(folder).then(() => ended.push('first'));
    const [second, third] = [flushFolder(folder), flushFolder(folder)];
    assert.equal(second, third);
    await Promise.all([first, second.then(() => ended.push('second'))]);
    assert.deepEqual(ended, ['first', 'second']);
    const later = flushFolder(folder);
    assert.notEqual(later, second);
    await later;
  });

  it('flushes folders independently of each other', async () => {
    const [a, b] = [tempFolder(scope), tempFolder(scope)];
    assert.notEqual(flushFolder(a), flushFolder(b));
    await Promise.all([flushFolder(a), flushFolder(b)]);
  });

  it('a failure is told to everybody it concerns, and the next one is tried all the same', async () => {
    const folder = join(tempFolder(scope), 'none');
    const results = await Promise.allSettled([flushFolder(folder), flushFolder(folder), flushFolder(folder)]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    );
  });
});
