import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubServer } from '../../src/engine/share/hubServer.ts';
import { Content } from '../support/content.ts';
import { startPythonHubClient } from '../support/hub/pythonHubClient.ts';
import { useScope } from '../support/scope.ts';
import { whyNoPython } from '../support/servers/pythonServer.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';

const MIB = 1 << 20;

describe('an independent hub client in Python', () => {
  const scope = useScope();

  before(function () {
    skipBecause(this, whyNoPython());
  });

  async function startHub(folder = tempFolder(scope), key: string | null = null): Promise<HubServer> {
    const hub = await HubServer.start({ host: '127.0.0.1', port: 0, folder, key });
    scope.defer(() => hub.close());
    return hub;
  }

  function fileOf(content: Content, name: string): string {
    const path = join(tempFolder(scope), name);
    writeFileSync(path, content.slice(0, content.sizeBytes));
    return path;
  }

  it('puts, lists, watches, gets a whole file and a range of it, and removes it', async () => {
    const hub = await startHub();
    const content = new Content(3 * MIB + 17, 5);
    const watcher = startPythonHubClient(scope, hub, 'bob', 'watch', '2');
    await watcher.line('WELCOME');
    const put = startPythonHubClient(scope, hub, 'anna', 'put', fileOf(content, 'Übung 1 (Größe).bin'), '--sha256');
    assert.deepEqual(await put.ended, { code: 0, stderr: '' });
    const announced = await watcher.line('FILE_AVAILABLE');
    const { uid } = await put.line('WELCOME');
    assert.deepEqual(
      { ...announced, fid: '', uploaded_at: '' },
      {
        type: 'FILE_AVAILABLE',
        fid: '',
        filename: 'Übung 1 (Größe).bin',
        size: content.sizeBytes,
        sha256: content.sha256,
        uploader: 'anna',
        uploader_uid: uid,
        uploaded_at: '',
      },
    );
    assert.equal(new Date(String(announced.uploaded_at)).toISOString(), announced.uploaded_at);

    const list = startPythonHubClient(scope, hub, 'cora', 'list');
    assert.equal((await list.ended).code, 0);
    const { type: _, ...record } = announced;
    assert.deepEqual((await list.line('FILE_LIST')).files, [record]);
    assert.deepEqual((await list.line('WELCOME')).files, [record]);

    const fid = String(announced.fid);
    const [whole, part] = [join(tempFolder(scope), 'whole'), join(tempFolder(scope), 'part')];
    assert.deepEqual(await startPythonHubClient(scope, hub, 'cora', 'get', fid, whole).ended, { code: 0, stderr: '' });
    assert.ok(readFileSync(whole).equals(content.slice(0, content.sizeBytes)));
    const range = ['--offset', String(MIB + 3), '--length', '100000'];
    assert.equal((await startPythonHubClient(scope, hub, 'cora', 'get', fid, part, ...range).ended).code, 0);
    assert.ok(readFileSync(part).equals(content.slice(MIB + 3, MIB + 100_003)));

    const stranger = startPythonHubClient(scope, hub, 'cora', 'remove', fid);
    assert.equal((await stranger.ended).code, 4);
    assert.equal((await stranger.line('ERROR')).code, 'not-the-uploader');
    // The same name from the same machine is the same person, also over another connection.
    assert.equal((await startPythonHubClient(scope, hub, 'anna', 'remove', fid).ended).code, 0);
    assert.equal((await watcher.line('FILE_REMOVED')).fid, fid);
    assert.equal((await watcher.ended).code, 0);
    assert.deepEqual(hub.files, []);
  });

  it('resumes an upload that broke off from the offset that the hub tells, also after a restart of the hub', async () => {
    const folder = tempFolder(scope);
    const first = await startHub(folder);
    const content = new Content(2 * MIB + 5, 6);
    const path = fileOf(content, 'a.bin');
    const fid = randomUUID();
    const cut = startPythonHubClient(scope, first, 'anna', 'put', path, '--fid', fid, '--cut', String(MIB));
    assert.equal((await cut.ended).code, 4);
    assert.equal((await cut.line('ERROR')).code, 'too-few-bytes');
    assert.deepEqual(first.files, []);
    await first.close();
    const second = await startHub(folder);
    assert.equal(second.files.length, 0);
    const again = startPythonHubClient(scope, second, 'anna', 'put', path, '--fid', fid);
    assert.deepEqual(await again.ended, { code: 0, stderr: '' });
    assert.equal((await again.line('FILE_UPLOAD_PORT')).offset, MIB);
    assert.equal(second.files[0]?.sha256, content.sha256);
    await second.close();
    const third = await startHub(folder);
    assert.deepEqual(third.files, second.files);
  });

  it('is let in by its key, and by no other', async () => {
    const hub = await startHub(undefined, 'correct horse');
    const port = { port: hub.port };
    for (const key of [undefined, '', 'correct hors', 'correct horse '] as const) {
      const refused = startPythonHubClient(scope, key === undefined ? port : { ...port, key }, 'eve', 'list');
      assert.notEqual((await refused.ended).code, 0);
      assert.deepEqual(
        refused.lines.map(({ type, code }) => [type, code]),
        [['ERROR', 'bad-key']],
      );
    }
    assert.equal((await startPythonHubClient(scope, { ...port, key: 'correct horse' }, 'anna', 'list').ended).code, 0);
  });

  it('shares empty files, and keeps equal names of two people apart', async () => {
    const hub = await startHub();
    const empty = fileOf(new Content(0), 'same.txt');
    const other = fileOf(new Content(7), 'same.txt');
    assert.equal((await startPythonHubClient(scope, hub, 'anna', 'put', empty).ended).code, 0);
    assert.equal((await startPythonHubClient(scope, hub, 'bob', 'put', other).ended).code, 0);
    assert.deepEqual(
      hub.files.map(({ filename, size, uploader }) => [filename, size, uploader]),
      [
        ['same.txt', 0, 'anna'],
        ['same.txt', 7, 'bob'],
      ],
    );
    for (const { fid, size } of hub.files) {
      const target = join(tempFolder(scope), 'x');
      assert.equal((await startPythonHubClient(scope, hub, 'cora', 'get', fid, target).ended).code, 0);
      assert.equal(readFileSync(target).length, size);
    }
  });
});
