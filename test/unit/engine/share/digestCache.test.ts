import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
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

  it('leaves what other seeds of the user keep in the same file, and what they have computed anew', async () => {
    const folder = tempFolder(scope);
    const kept = join(folder, 'digests.json');
    const write = (name: string, text: string): ReturnType<typeof subject> => {
      writeFileSync(join(folder, name), text);
      return subject(join(folder, name));
    };
    const hash = async (cache: DigestCache, file: Awaited<ReturnType<typeof subject>>): Promise<void> => {
      cache.want([file]);
      await waitFor('its digest', () => cache.sha256Of(file) !== null);
      await cache.close();
    };
    await hash(await DigestCache.open(kept), await write('theirs', 'old'));
    const ours = await DigestCache.open(kept);
    const [changed, another] = [await write('theirs', 'newer'), await write('another', 'of theirs')];
    await hash(await DigestCache.open(kept), changed);
    await hash(await DigestCache.open(kept), another);
    const own = await write('own', 'own');
    await hash(ours, own);

    const last = await DigestCache.open(kept);
    scope.defer(() => last.close());
    assert.deepEqual(
      [changed, another, own].map((file) => last.sha256Of(file)),
      ['newer', 'of theirs', 'own'].map((text) => sha256(Buffer.from(text))),
    );
  });

  it('gives up a file that cannot be read until it has changed, and goes on with the others', async () => {
    const folder = tempFolder(scope);
    const good = join(folder, 'good');
    writeFileSync(good, 'good');
    const cache = await DigestCache.open(null);
    scope.defer(() => cache.close());
    const gone = { path: join(folder, 'gone'), tag: 'x', sizeBytes: 0, mtimeMs: 0 };
    const file = await subject(good);
    cache.want([gone, file]);
    await waitFor('both', () => !cache.isPending(gone) && cache.sha256Of(file) !== null);
    assert.equal(cache.sha256Of(gone), null);
    assert.equal(cache.isPending({ ...gone, tag: 'y' }), true);
  });

  it('keeps the digests of thousands of small files as long as they are shared', async () => {
    const folder = tempFolder(scope);
    const names = Array.from({ length: 4300 }, (_, n) => `f${n}`);
    for (const name of names) writeFileSync(join(folder, name), name);
    const files = await Promise.all(names.map((name) => subject(join(folder, name))));
    const cache = await DigestCache.open(null);
    scope.defer(() => cache.close());
    cache.want(files);
    await waitFor('all', () => files.every((file) => !cache.isPending(file)), 60_000);
    cache.want(files);
    assert.deepEqual(
      files.map((file) => cache.sha256Of(file)),
      names.map((name) => sha256(Buffer.from(name))),
    );
  });

  it('hashes no long file that is written to just now, until it rests', async () => {
    const folder = tempFolder(scope);
    const path = join(folder, 'f');
    const bytes = Buffer.alloc(3 << 20, 'abc');
    writeFileSync(path, bytes);
    const cache = await DigestCache.open(null);
    scope.defer(() => cache.close());
    let hashed = 0;
    cache.onDidChange(() => hashed++);
    const future = Date.now() / 1000 + 3600;
    const other = join(folder, 'other');
    writeFileSync(other, 'small');
    const [fresh, small] = [await subject(path), await subject(other)];
    cache.want([{ ...fresh, mtimeMs: Date.now() }, small]);
    await waitFor('the small one', () => cache.sha256Of(small) !== null);
    utimesSync(path, future, future);
    const rested = await subject(path);
    cache.want([rested]);
    await waitFor('its digest', () => cache.sha256Of(rested) === sha256(bytes));
    // The small one, and the long one once.
    assert.equal(hashed, 2);
  });

  it('hashes nothing behind a link that has taken the place of a folder', async () => {
    const folder = tempFolder(scope);
    mkdirSync(join(folder, 'outside'));
    writeFileSync(join(folder, 'outside', 'small'), 'secret');
    writeFileSync(join(folder, 'outside', 'long'), Buffer.alloc(3 << 20));
    utimesSync(join(folder, 'outside', 'long'), 1e9, 1e9);
    symlinkSync('outside', join(folder, 'sub'));
    const cache = await DigestCache.open(null);
    scope.defer(() => cache.close());
    const files = await Promise.all(['small', 'long'].map((name) => subject(join(folder, 'sub', name))));
    cache.want(files);
    await waitFor('both to be given up', () => files.every((file) => !cache.isPending(file)));
    assert.deepEqual(
      files.map((file) => cache.sha256Of(file)),
      [null, null],
    );
  });
});
