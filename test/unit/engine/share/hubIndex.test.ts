import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fidKey } from '../../../../src/engine/protocols/hub/fidKey.ts';
import { type HubFolders, HubIndex } from '../../../../src/engine/share/hubIndex.ts';
import { Content } from '../../../support/content.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';

const { signal } = new AbortController();

describe('HubIndex', () => {
  const scope = useScope();

  it('believes no check of a file as it was before somebody wrote to it once more', async () => {
    const folder = tempFolder(scope);
    const folders: HubFolders = { uploads: join(folder, 'uploads'), index: join(folder, 'index') };
    for (const path of [folders.uploads, folders.index]) mkdirSync(path);
    const [content, other] = [new Content(100, 1), new Content(100, 2)];
    const fid = randomUUID();
    const path = join(folders.uploads, fidKey(fid));
    writeFileSync(path, content.slice(0, 100));
    const index = await HubIndex.open(folders, { signal });
    scope.defer(() => index.close());
    await index.add({
      fid,
      filename: 'a',
      size: 100,
      sha256: content.sha256,
      uploader: 'anna',
      uploader_uid: 'u',
      uploaded_at: new Date(0).toISOString(),
    });
    const first = index.isRight(fid, { sizeBytes: 100, modifiedMs: 1000 }, { signal });
    const second = index.isRight(fid, { sizeBytes: 100, modifiedMs: 2000 }, { signal });
    const written = first.then(() => writeFileSync(path, other.slice(0, 100)));
    assert.equal(await first, true);
    await written;
    assert.equal(await second, false);
  });
});
