import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fidKey } from '../../../../src/engine/protocols/hub/fidKey.ts';
import { DEFAULT_HUB_LIMITS, type HubLimits } from '../../../../src/engine/protocols/hub/hubLimits.ts';
import type { FileOffer, HubFileRecord } from '../../../../src/engine/protocols/hub/hubMessages.ts';
import { HubFiles } from '../../../../src/engine/share/hubFiles.ts';
import type { HubPart } from '../../../../src/engine/share/hubParts.ts';
import { fillFrom } from '../../../../src/kit/byteSink.ts';
import { Content } from '../../../support/content.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';

const signal = new AbortController().signal;

describe('HubFiles', () => {
  const scope = useScope();

  async function open(folder: string, limits: Partial<HubLimits> = {}): Promise<HubFiles> {
    const files = await HubFiles.open(folder, { ...DEFAULT_HUB_LIMITS, ...limits });
    scope.defer(() => files.close());
    return files;
  }

  function offerOf(fid: string, size: number, more: Partial<FileOffer> = {}): FileOffer {
    return { type: 'FILE_OFFER', fid, filename: 'a.bin', size, ...more };
  }

  /** An upload that breaks off after these bytes. @returns the part it went on with */
  async function breakOff(files: HubFiles, offer: FileOffer, bytes: string, person = 'anna'): Promise<HubPart> {
    const part = await files.claim(offer, person);
    const file = await files.begin(part);
    fillFrom(file, Buffer.from(bytes));
    await file.close();
    await files.release(part);
    return part;
  }

  async function store(files: HubFiles, content: Content, at = 0, fid: string = randomUUID()): Promise<HubFileRecord> {
    const part = await files.claim(offerOf(fid, content.sizeBytes), 'anna');
    const file = await files.begin(part);
    fillFrom(file, content.slice(0, content.sizeBytes));
    const record: HubFileRecord = {
      fid,
      filename: '../näme',
      size: content.sizeBytes,
      sha256: await file.digest({ signal }),
      uploader: 'anna',
      uploader_uid: 'u',
      uploaded_at: new Date(at).toISOString(),
    };
    await files.keep(file, record);
    await files.release(part);
    return record;
  }

  it('has after a restart what it had, in the order of time; no name of a peer is on the disk', async () => {
    const folder = tempFolder(scope);
    const files = await open(folder);
    const [late, early] = [await store(files, new Content(5), 2000), await store(files, new Content(7), 1000)];
    await files.close();
    const again = await open(folder);
    assert.deepEqual(again.records, [early, late]);
    assert.equal(again.secret, files.secret);
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    assert.equal(
      names.some((name) => name.includes('näme')),
      false,
    );
    const reader = await again.openForReading(late.fid, { signal });
    const bytes = Buffer.alloc(9);
    assert.equal(await reader.readAt(bytes, 1), 4);
    await reader.close();
    await again.remove(late.fid);
    await again.close();
    assert.deepEqual((await open(folder)).records, [early]);
  });

  for (const [what, hasEntry] of [
    ['between its name and its entry is not listed, and goes on as a part', false],
    ['with both of its names is listed, and has one', true],
  ] as const) {
    it(`a file that was killed ${what}`, async () => {
      const folder = tempFolder(scope);
      const uploads = join(folder, 'uploads');
      const first = await open(folder);
      const content = new Content(30);
      const fid = randomUUID();
      const offer = offerOf(fid, content.sizeBytes);
      const part = await first.claim(offer, 'anna');
      const record = await store(first, content, 0, fid);
      await first.close();
      linkSync(join(uploads, fidKey(fid)), part.path);
      if (!hasEntry) rmSync(join(folder, 'index', `${fidKey(fid)}.json`));
      const second = await open(folder);
      assert.deepEqual(second.records, hasEntry ? [record] : []);
      assert.deepEqual(readdirSync(uploads), [hasEntry ? fidKey(fid) : part.name]);
      if (hasEntry) return;
      const again = await second.claim(offer, 'anna');
      assert.equal(again.offset, 30);
      const file = await second.begin(again);
      assert.equal(await file.digest({ signal }), content.sha256);
      await file.close();
    });
  }

  it('a part belongs to who offered it, as what it was offered, also after a restart', async () => {
    const folder = tempFolder(scope);
    const first = await open(folder);
    const fid = randomUUID();
    const sha256 = 'a'.repeat(64);
    const offer = offerOf(fid, 100);
    const mine = await breakOff(first, offer, '12345');
    const others: readonly (readonly [what: string, offer: FileOffer, person: string])[] = [
      ['of somebody else', offer, 'bob'],
      ['under another name', { ...offer, filename: 'b.bin' }, 'anna'],
      ['of a smaller size', { ...offer, size: 3 }, 'anna'],
    ];
    for (const [what, other, person] of others)
      assert.equal((await breakOff(first, other, '1', person)).offset, 0, what);
    await first.close();
    const second = await open(folder);
    const again = await breakOff(second, { ...offer, fid: fid.toUpperCase() }, '6');
    assert.deepEqual([again.name, again.offset], [mine.name, 5]);
    // Its digest is told from the second attempt on, and not by the first one of the next run.
    assert.equal((await breakOff(second, { ...offer, sha256 }, '7')).offset, 6);
    assert.equal((await breakOff(second, offer, '8')).offset, 7);
  });

  it('another digest begins another part; one that is not told goes on with either', async () => {
    const files = await open(tempFolder(scope));
    const offer = offerOf(randomUUID(), 100);
    const [one, two] = ['a', 'b'].map((digit) => ({ ...offer, sha256: digit.repeat(64) })) as [FileOffer, FileOffer];
    await breakOff(files, one, '12345');
    assert.equal((await breakOff(files, two, '1')).offset, 0);
    assert.equal((await breakOff(files, one, '6')).offset, 5);
    assert.ok((await breakOff(files, offer, '')).offset > 0);
  });

  it('keeps no empty part, and of too many the newest ones', async () => {
    const folder = tempFolder(scope);
    const files = await open(folder, { parts: 3, partBytes: 20 });
    const parts = (): string[] => readdirSync(join(folder, 'uploads'));
    await breakOff(files, offerOf(randomUUID(), 10), '');
    assert.deepEqual(parts(), []);
    const kept: string[] = [];
    for (let n = 0; n < 5; n++) {
      kept.push((await breakOff(files, offerOf(randomUUID(), 10), '12345')).name);
    }
    assert.deepEqual(parts().sort(), kept.slice(-3).sort());
    const { name } = await breakOff(files, offerOf(randomUUID(), 100), '1234567890123456');
    assert.deepEqual(parts(), [name]);
  });

  it('lists nothing whose file is gone or of another size, and no entry that was changed', async () => {
    const folder = tempFolder(scope);
    const files = await open(folder);
    const [gone, cut, torn, forged, good] = await Promise.all([1, 2, 3, 4, 5].map((n) => store(files, new Content(n))));
    await files.close();
    const upload = (record?: HubFileRecord): string => join(folder, 'uploads', fidKey(record?.fid ?? ''));
    const entry = (record?: HubFileRecord): string => join(folder, 'index', `${fidKey(record?.fid ?? '')}.json`);
    rmSync(upload(gone));
    writeFileSync(upload(cut), '1');
    writeFileSync(entry(torn), readFileSync(entry(torn)).subarray(0, 40));
    writeFileSync(entry(forged), readFileSync(entry(forged), 'utf8').replace('anna', 'anne'));
    writeFileSync(join(folder, 'index', 'other.json'), '{}');
    assert.deepEqual((await open(folder)).records, [good]);
    // One that cannot be read may be readable next time; its file stays where it is.
    const left = [torn, good].map((record) => fidKey(record?.fid ?? '')).sort();
    assert.deepEqual(
      readdirSync(join(folder, 'index')).sort(),
      left.map((key) => `${key}.json`),
    );
    assert.deepEqual(
      readdirSync(join(folder, 'uploads'))
        .filter((name) => !name.endsWith('.part'))
        .sort(),
      left,
    );
  });

  describe('files that somebody has written to', () => {
    async function storeThree(files: HubFiles, folder: string) {
      const store3 = (size: number, n: number) => store(files, new Content(size, n), n);
      const [other, longer, same] = [await store3(3_000_000, 1), await store3(40, 2), await store3(3_000_000, 3)];
      const pathOf = ({ fid }: HubFileRecord): string => join(folder, 'uploads', fidKey(fid));
      const bytes = readFileSync(pathOf(other));
      bytes.writeUInt8(bytes.readUInt8(2_500_000) ^ 1, 2_500_000);
      writeFileSync(pathOf(other), bytes);
      appendFileSync(pathOf(longer), '!');
      // Put back from a copy, say: another time, the same bytes.
      utimesSync(pathOf(same), 1, 1);
      const asParts = [other, longer].map(({ fid }) => `${fidKey(fid)}.part`);
      return { other, longer, same, left: [...asParts, fidKey(same.fid)].sort() };
    }

    it('are given to nobody while the hub runs, and stay aside', async () => {
      const folder = tempFolder(scope);
      const files = await open(folder);
      const { other, longer, same, left } = await storeThree(files, folder);
      const openings = [other, other, other, longer].map(({ fid }) => files.openForReading(fid, { signal }));
      for (const { status } of await Promise.allSettled(openings)) assert.equal(status, 'rejected');
      for (let n = 0; n < 2; n++) await (await files.openForReading(same.fid, { signal })).close();
      assert.deepEqual(readdirSync(join(folder, 'uploads')).sort(), left);
    });

    it('stay aside also when what they were is shared again, and after a restart', async () => {
      const folder = tempFolder(scope);
      const files = await open(folder);
      const { other, same, left } = await storeThree(files, folder);
      await assert.rejects(files.openForReading(other.fid, { signal }), { code: 'share-changed' });
      await files.remove(other.fid);
      const aside = join(folder, 'uploads', `${fidKey(other.fid)}.part`);
      const bytes = readFileSync(aside);
      const again = await store(files, new Content(3_000_000, 1), 4, other.fid);
      await files.close();
      assert.deepEqual((await open(folder)).records, [same, again]);
      assert.deepEqual(readFileSync(aside), bytes);
      assert.deepEqual(readdirSync(join(folder, 'uploads')).sort(), [...left, fidKey(other.fid)].sort());
    });

    it('are left as they are by a start that is given up before they are hashed', async () => {
      const folder = tempFolder(scope);
      const first = await open(folder);
      const { other, longer, same, left } = await storeThree(first, folder);
      await first.close();
      for (const stop of [new AbortController(), new AbortController()]) {
        const opening = HubFiles.open(folder, DEFAULT_HUB_LIMITS, stop);
        stop.abort(new Error('given up'));
        await assert.rejects(opening, /given up/);
      }
      const there = readdirSync(join(folder, 'uploads')).sort();
      assert.deepEqual(there, [other, longer, same].map(({ fid }) => fidKey(fid)).sort());
      const again = await open(folder);
      assert.deepEqual(again.records, [same]);
      assert.deepEqual(readdirSync(join(folder, 'uploads')).sort(), left);
    });

    it('are not listed after a restart, and stay aside', async () => {
      const folder = tempFolder(scope);
      const first = await open(folder);
      const { same, left } = await storeThree(first, folder);
      await first.close();
      for (const unlisted of [2, 0]) {
        const again = await open(folder);
        assert.deepEqual([again.records, again.unlisted], [[same], unlisted]);
        await again.close();
      }
      assert.deepEqual(readdirSync(join(folder, 'uploads')).sort(), left);
    });
  });

  it('lists after a look what was written down without its time', async () => {
    const folder = tempFolder(scope);
    const first = await open(folder);
    const record = await store(first, new Content(5));
    await first.close();
    const path = join(folder, 'index', `${fidKey(record.fid)}.json`);
    const { modifiedMs, ...entry } = JSON.parse(readFileSync(path, 'utf8'));
    assert.ok(modifiedMs > 0);
    writeFileSync(path, JSON.stringify(entry));
    const again = await open(folder);
    assert.deepEqual(again.records, [record]);
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { ...entry, modifiedMs });
  });

  it('keeps files whose index was lost for a week from then on, however old and many they are, and tells how many', async () => {
    const folder = tempFolder(scope);
    const files = await open(folder);
    for (let n = 1; n <= 3; n++) await store(files, new Content(n));
    await files.close();
    const uploads = join(folder, 'uploads');
    const then = Date.now() / 1000 - 30 * 86_400;
    for (const name of readdirSync(uploads)) utimesSync(join(uploads, name), then, then);
    rmSync(join(folder, 'index'), { recursive: true });
    const again = await open(folder, { parts: 1, partBytes: 1 });
    assert.deepEqual([again.records.length, again.unlisted], [0, 3]);
    assert.equal(readdirSync(uploads).length, 3);
    await again.close();
    for (const name of readdirSync(uploads)) utimesSync(join(uploads, name), then, then);
    assert.equal((await open(folder)).unlisted, 0);
    assert.deepEqual(readdirSync(uploads), []);
  });

  it('forgets parts that nobody has gone on with for a week', async () => {
    const folder = tempFolder(scope);
    const files = await open(folder);
    const parts: string[] = [];
    for (const days of [1, 8]) {
      parts.push((await breakOff(files, offerOf(randomUUID(), 10), '12345')).name);
      const then = Date.now() / 1000 - days * 86_400;
      utimesSync(join(folder, 'uploads', parts.at(-1) ?? ''), then, then);
    }
    await files.close();
    await open(folder);
    assert.deepEqual(readdirSync(join(folder, 'uploads')), parts.slice(0, 1));
  });

  it('ends no upload with the failure to take an old part away', async () => {
    const folder = tempFolder(scope);
    const files = await open(folder, { parts: 1 });
    const older = await breakOff(files, offerOf(randomUUID(), 4), 'a');
    // A folder in its place is the only thing that nobody can unlink.
    rmSync(older.path);
    mkdirSync(older.path);
    const newer = await breakOff(files, offerOf(randomUUID(), 4), 'b');
    assert.equal(existsSync(newer.path), true);
  });

  it('belongs to one hub at a time', async () => {
    const folder = tempFolder(scope);
    const first = await open(folder);
    await assert.rejects(HubFiles.open(folder), { code: 'hub-folder-busy' });
    await first.close();
    await open(folder);
  });

  it('leaves the mode of a folder that was there alone, and lets nobody else into its own', async () => {
    const folder = tempFolder(scope);
    const { mode } = statSync(folder);
    await open(folder);
    assert.equal(statSync(folder).mode, mode);
    for (const name of ['uploads', 'index']) assert.equal(statSync(join(folder, name)).mode & 0o077, 0);
    assert.equal(existsSync(join(folder, 'hub.json')), true);
    renameSync(join(folder, 'hub.json'), join(folder, 'x'));
  });

  it('refuses what the disk cannot hold, and keeps nothing of it', async () => {
    const folder = tempFolder(scope);
    const files = await open(folder);
    await assert.rejects(files.claim(offerOf(randomUUID(), 2 ** 52), 'anna'), { code: 'disk-full' });
    assert.deepEqual(readdirSync(join(folder, 'uploads')), []);
  });
});
