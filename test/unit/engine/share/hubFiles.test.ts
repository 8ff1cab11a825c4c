import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
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
import type { HubFileRecord } from '../../../../src/engine/protocols/hub/hubMessages.ts';
import { HubFiles } from '../../../../src/engine/share/hubFiles.ts';
import { fillFrom } from '../../../../src/kit/byteSink.ts';
import { Content } from '../../../support/content.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';

const signal = new AbortController().signal;

describe('HubFiles', () => {
  const scope = useScope();

  async function open(folder: string): Promise<HubFiles> {
    const files = await HubFiles.open(folder);
    scope.defer(() => files.close());
    return files;
  }

  async function store(files: HubFiles, content: Content, at = 0): Promise<HubFileRecord> {
    const fid = randomUUID();
    const file = await files.begin(fid, content.sizeBytes);
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
    files.ended(fid);
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
    const reader = await again.openForReading(late.fid);
    const bytes = Buffer.alloc(9);
    assert.equal(await reader.readAt(bytes, 1), 4);
    await reader.close();
    await again.remove(late.fid);
    await again.close();
    assert.deepEqual((await open(folder)).records, [early]);
  });

  it('a file that was killed between its name and its entry is not listed, and goes on as a part', async () => {
    const folder = tempFolder(scope);
    const first = await open(folder);
    const content = new Content(30);
    const { fid, sha256 } = await store(first, content);
    await first.close();
    rmSync(join(folder, 'index', `${fidKey(fid)}.json`));
    const second = await open(folder);
    assert.deepEqual(second.records, []);
    assert.deepEqual(readdirSync(join(folder, 'uploads')), [`${fidKey(fid)}.part`]);
    const file = await second.begin(fid, content.sizeBytes);
    assert.equal(file.offset, 30);
    assert.equal(await file.digest({ signal }), sha256);
    await file.close();
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
  });

  it('forgets parts that nobody has gone on with for a week', async () => {
    const folder = tempFolder(scope);
    const files = await open(folder);
    const parts: string[] = [];
    for (const days of [1, 8]) {
      const fid = randomUUID();
      const file = await files.begin(fid, 10);
      fillFrom(file, Buffer.from('12345'));
      await file.close();
      parts.push(`${fidKey(fid)}.part`);
      const then = Date.now() / 1000 - days * 86_400;
      utimesSync(join(folder, 'uploads', parts.at(-1) ?? ''), then, then);
    }
    await files.close();
    await open(folder);
    assert.deepEqual(readdirSync(join(folder, 'uploads')), parts.slice(0, 1));
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
    await assert.rejects(files.begin(randomUUID(), 2 ** 52), { code: 'disk-full' });
    assert.deepEqual(readdirSync(join(folder, 'uploads')), []);
  });
});
