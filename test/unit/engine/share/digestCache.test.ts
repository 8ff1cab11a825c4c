import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileFacts } from '../../../../src/engine/disk/servedFile.ts';
import { DigestCache } from '../../../../src/engine/share/digestCache.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { waitFor } from '../../../support/waitFor.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('DigestCache', () => {
  const scope = useScope();

  async function subject(path: string) {
    const facts = await fileFacts(path);
    assert.ok(facts);
    return { ...facts, path };
  }

  it('computes digest and pieces, keeps them, and forgets them with the version of the file', async () => {
    const folder = tempFolder(scope);
    const path = join(folder, 'f');
    const bytes = Buffer.alloc(600 * 1024, 'abc');
    writeFileSync(path, bytes);
    const file = await subject(path);
    const kept = join(folder, 'digests.json');
    const first = await DigestCache.open(kept);
    assert.deepEqual([first.sha256Of(file), first.isPending(file)], [null, true]);
    first.want([file]);
    await waitFor('the digest', () => first.sha256Of(file) !== null);
    await first.close();

    const second = await DigestCache.open(kept);
    scope.defer(() => second.close());
    assert.equal(second.sha256Of(file), sha256(bytes));
    const length = 256 * 1024;
    const pieces = [0, 1, 2].map((at) => sha256(bytes.subarray(at * length, (at + 1) * length)));
    assert.deepEqual(second.piecesOf(file, length), pieces);
    assert.equal(second.piecesOf(file, 2 * length), null);
    appendFileSync(path, 'more');
    const changed = await subject(path);
    assert.deepEqual([second.sha256Of(changed), second.isPending(changed)], [null, true]);
    second.want([changed]);
    await waitFor(
      'the new digest',
      () => second.sha256Of(changed) === sha256(Buffer.concat([bytes, Buffer.from('more')])),
    );
  });

  it('gives up a file that cannot be read until it has changed, and goes on with the others', async () => {
    const folder = tempFolder(scope);
    const good = join(folder, 'good');
    writeFileSync(good, 'good');
    const cache = await DigestCache.open(null);
    scope.defer(() => cache.close());
    const gone = { path: join(folder, 'gone'), tag: 'x', sizeBytes: 0 };
    const file = await subject(good);
    cache.want([gone, file]);
    await waitFor('both', () => !cache.isPending(gone) && cache.sha256Of(file) !== null);
    assert.equal(cache.sha256Of(gone), null);
    assert.equal(cache.isPending({ ...gone, tag: 'y' }), true);
  });
});
