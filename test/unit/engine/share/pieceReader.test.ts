import assert from 'node:assert/strict';
import { readdirSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PieceReader } from '../../../../src/engine/share/pieceReader.ts';
import type { SharedFile } from '../../../../src/engine/share/sharedFiles.ts';
import { useScope } from '../../../support/scope.ts';
import { skipBecause } from '../../../support/skipBecause.ts';
import { tempFolder } from '../../../support/tempFolder.ts';

describe('PieceReader', () => {
  const scope = useScope();

  function shared(): SharedFile {
    const path = join(realpathSync(tempFolder(scope)), 'a.bin');
    writeFileSync(path, 'x'.repeat(100));
    return { path, name: 'a.bin', sizeBytes: 100, mtimeMs: 0, tag: '', shareId: 's' };
  }

  /** How often this process has the file open. */
  function handlesOf({ path }: SharedFile): number {
    return readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path;
      } catch {
        // That of the listing itself.
        return false;
      }
    }).length;
  }

  it('opens no file any more once it is closed, also for who has asked just before', async function () {
    skipBecause(this, process.platform === 'linux' ? null : 'only Linux tells what is open');
    const file = shared();
    const reader = new PieceReader();
    assert.equal((await reader.read(file, 0, 32))?.length, 32);
    assert.equal(handlesOf(file), 1);
    await reader.close();
    assert.equal(handlesOf(file), 0);
    const late = new PieceReader();
    const asked = late.read(file, 0, 32);
    await late.close();
    await asked.catch(() => {});
    assert.equal(handlesOf(file), 0);
  });
});
