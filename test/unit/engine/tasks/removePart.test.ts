import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownIdentity, type ProcessIdentity } from '../../../../src/engine/disk/processIdentity.ts';
import { writeResumeRecord } from '../../../../src/engine/disk/resumeRecord.ts';
import { removePart } from '../../../../src/engine/tasks/removePart.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { sampleRecord } from './sampleRecord.ts';

describe('removePart', () => {
  const scope = useScope();

  async function leftOf(owner: ProcessIdentity | null): Promise<string[]> {
    const folder = tempFolder(scope);
    const targetPath = join(folder, 'a.zip');
    writeFileSync(`${targetPath}.part`, 'some bytes');
    await writeResumeRecord(`${targetPath}.part.json`, {
      version: 2,
      address: 'https://example.com/a.zip',
      sources: [],
      size: 10,
      chunkSize: 10,
      done: [],
      owner,
    });
    await removePart({ targetPath, record: sampleRecord({ folder, targetName: 'a.zip' }) });
    return readdirSync(folder).sort();
  }

  it('takes away what the task has left, and its record', async () => {
    for (const owner of [null, ownIdentity(), { pid: process.ppid, startTicks: 'of a process that has ended' }])
      assert.deepEqual(await leftOf(owner), []);
  });

  it('leaves what another process writes to by now', async () => {
    // Whoever started this process lives; when it started is only asked where the record tells.
    assert.deepEqual(await leftOf({ pid: process.ppid, startTicks: null }), ['a.zip.part', 'a.zip.part.json']);
  });
});
