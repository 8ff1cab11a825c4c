import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { EngineEvents } from '../../src/contract/engineApi.ts';
import type { HubFile, HubsSnapshot } from '../../src/contract/hub.ts';
import { HubServer } from '../../src/engine/share/hubServer.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { type EngineClient, type EngineProcess, startEngineProcess } from '../support/engineProcess.ts';
import { freePort } from '../support/freePort.ts';
import { joinHub } from '../support/hub/hubTalk.ts';
import { useScope } from '../support/scope.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

const MIB = 1 << 20;
const KEY = 'a key of the hub';

type Change = EngineEvents['hubs'];

describe('share hubs in the engine', () => {
  const scope = useScope();

  interface Member {
    readonly engine: EngineProcess;
    readonly client: EngineClient;
    readonly changes: Change[];
  }

  async function startMember(stateFolder = join(tempFolder(scope), 'state')): Promise<Member> {
    const engine = await startEngineProcess(scope, { stateFolder });
    const client = await engine.client();
    const changes: Change[] = [];
    client.rpc.on('hubs', (change) => changes.push(change));
    return { engine, client, changes };
  }

  function snapshot({ client }: Member): Promise<HubsSnapshot> {
    return client.request('hubs', {});
  }

  function until(member: Member, what: string, check: (hubs: HubsSnapshot) => boolean): Promise<HubsSnapshot> {
    return waitFor(what, async () => {
      const hubs = await snapshot(member);
      return check(hubs) && hubs;
    });
  }

  function isIn({ joined }: HubsSnapshot): boolean {
    return joined[0]?.state === 'joined';
  }

  function filesOf({ files }: HubsSnapshot): readonly HubFile[] {
    return files.flatMap((hub) => hub.files);
  }

  function newsOf({ changes }: Member): string[] {
    return changes.flatMap(({ files }) => files.flatMap(({ news }) => news));
  }

  function writeContent(content: Content, name = 'lesson 4.bin'): string {
    const path = join(tempFolder(scope), name);
    writeFileSync(path, content.slice(0, content.sizeBytes));
    return path;
  }

  it('one starts a hub, another joins and shares; the first one hears of it and downloads it', async () => {
    const [teacher, pupil] = [await startMember(), await startMember()];
    const { own } = await teacher.client.request('startHub', { port: 0 });
    assert.deepEqual([own.state, own.addresses, own.hasKey], ['on', [own.address], false]);
    await until(teacher, 'the teacher to be in', isIn);
    assert.deepEqual(await pupil.client.request('joinHub', { address: own.address, name: 'Anna ' }), {
      address: own.address,
    });
    await until(pupil, 'the pupil to be in', isIn);
    await teacher.client.request('joinHub', { address: `localhost:${own.address.split(':')[1]}` });
    assert.deepEqual(
      (await snapshot(teacher)).joined.map(({ address }) => address),
      [own.address],
    );
    const content = new Content(9 * MIB + 3, 3);
    const path = writeContent(content);
    const { ids } = await pupil.client.request('shareToHub', { address: `hub://${own.address}/`, paths: [path] });
    const done = await until(pupil, 'the upload', ({ uploads }) => uploads[0]?.status.state === 'completed');
    assert.equal(done.uploads.length, 1);
    const { id, hub, name, sizeBytes, sentBytes } = done.uploads[0] ?? {};
    assert.deepEqual(
      [[id], hub, name, sizeBytes, sentBytes],
      [ids, own.address, 'lesson 4.bin', content.sizeBytes, content.sizeBytes],
    );

    const told = await waitFor('the news', () =>
      teacher.changes.find(({ files }) => files.some(({ news }) => news.length > 0)),
    );
    const [file] = told.files[0]?.added ?? [];
    assert.deepEqual(
      [told.files[0]?.news, file?.uploader, file?.mine, file?.name],
      [[file?.fid], 'Anna', false, 'lesson 4.bin'],
    );
    // One's own is none.
    assert.deepEqual(
      pupil.changes.flatMap(({ files }) => files.flatMap(({ news }) => news)),
      [],
    );
    assert.equal(filesOf(await snapshot(pupil))[0]?.mine, true);
    const task = await teacher.client.completed(await teacher.client.add(file?.address ?? ''));
    await assertDownloaded(task, content);
    assert.deepEqual(task.status.state === 'completed' && task.status.verification, 'verified');
    assert.equal(task.name, 'lesson 4.bin');
    assert.deepEqual(
      task.sources.map(({ kind }) => kind),
      ['hub'],
    );
    assert.deepEqual((await snapshot(teacher)).own?.members.toSorted().at(0), 'Anna');
    const taken = [{ fid: file?.fid, fetching: 0, served: 1 }];
    await until(teacher, 'the taker to be counted', (hubs) => isDeepStrictEqual(hubs.own?.takers, taken));

    // The same state of a file is shared once, however often it is asked for.
    await pupil.client.request('shareToHub', { address: own.address, paths: [path] });
    await until(pupil, 'the upload', ({ uploads }) => uploads.every(({ status }) => status.state === 'completed'));
    assert.equal(filesOf(await snapshot(teacher)).length, 1);

    await assert.rejects(teacher.client.request('removeFromHub', { address: '127.0.0.1:1', fid: file?.fid ?? '' }), {
      code: 'unknown-hub',
    });
    await pupil.client.request('removeFromHub', { address: own.address, fid: file?.fid ?? '' });
    await waitFor('the removal', () =>
      teacher.changes.some(({ files }) => files.some(({ removed }) => removed[0] === file?.fid)),
    );
    assert.deepEqual(filesOf(await snapshot(teacher)), []);
    assert.deepEqual(readdirSync(join(own.folder, 'uploads')), []);

    await pupil.client.request('leaveHub', { address: own.address });
    assert.deepEqual((await snapshot(pupil)).joined, []);
    await teacher.client.request('stopHub', {});
    const after = await snapshot(teacher);
    assert.deepEqual([after.own, after.joined], [null, []]);
  });

  it('what was joined, shared and served outlives a kill of the engine', async () => {
    const folder = tempFolder(scope);
    const hub = await HubServer.start({ host: '127.0.0.1', port: 0, folder, key: null });
    scope.defer(() => hub.close());
    const address = `127.0.0.1:${hub.port}`;
    const stateFolder = join(tempFolder(scope), 'state');
    const first = await startMember(stateFolder);
    const { own } = await first.client.request('startHub', { port: await freePort() });
    await first.client.request('joinHub', { address, name: 'Anna' });
    const content = new Content(40 * MIB, 4);
    await first.client.request('shareToHub', { address, paths: [writeContent(content)] });
    await waitFor('a part of it', () => (hub.incoming[0]?.receivedBytes ?? 0) > 0);
    await first.engine.kill();

    const second = await startMember(stateFolder);
    const hubs = await until(second, 'the upload', () => hub.files.length === 1);
    assert.equal(hub.files[0]?.sha256, content.sha256);
    assert.equal(hub.files[0]?.uploader, 'Anna');
    assert.equal(hubs.name, 'Anna');
    assert.deepEqual([hubs.own?.address, hubs.own?.state], [own.address, 'on']);
    await until(second, 'both', ({ joined }) => joined.length === 2 && joined.every(({ state }) => state === 'joined'));
    // What was there before it came is no news.
    assert.deepEqual(
      second.changes.flatMap(({ files }) => files.flatMap(({ news }) => news)),
      [],
    );
  });

  it('goes on by itself when the hub is back: members, uploads, downloads', async () => {
    const folder = tempFolder(scope);
    const start = (port: number): Promise<HubServer> => HubServer.start({ host: '127.0.0.1', port, folder, key: null });
    let hub = await start(0);
    scope.defer(() => hub.close());
    const { port } = hub;
    const address = `127.0.0.1:${port}`;
    const member = await startMember();
    const other = await startMember();
    for (const { client } of [member, other]) await client.request('joinHub', { address });
    for (const each of [member, other]) await until(each, 'to be in', isIn);
    const content = new Content(6 * MIB, 5);
    await member.client.request('shareToHub', { address, paths: [writeContent(content)] });
    await waitFor('the file', () => hub.files.length === 1);
    await hub.close();
    const away = await until(member, 'to notice', ({ joined }) => joined[0]?.state === 'waiting');
    assert.equal(away.joined[0]?.error?.code, 'connection-refused');
    const file = filesOf(away)[0];
    const id = await other.client.add(file?.address ?? '', { folder: tempFolder(scope) });
    const second = new Content(5 * MIB, 6);
    await member.client.request('shareToHub', { address, paths: [writeContent(second, 'second.bin')] });
    await member.client.request('shareToHub', { address, paths: [writeContent(new Content(1), 'third.bin')] });
    hub = await start(port);
    await assertDownloaded(await other.client.completed(id), content);
    await waitFor('all', () => hub.files.length === 3);
    const heard = await until(other, 'to hear of all', (hubs) => filesOf(hubs).length === 3);
    assert.equal(new Set(filesOf(heard).map(({ fid }) => fid)).size, 3);
    // The first one was told before the hub went away, the others by the welcome after it.
    await waitFor('the news', () => newsOf(other).length === 3);
    assert.deepEqual(
      newsOf(other).sort(),
      filesOf(heard)
        .map(({ fid }) => fid)
        .sort(),
    );
    assert.deepEqual(newsOf(member), []);
  });

  it('a key is never written down: after a restart it is asked for, and everything goes on with it', async () => {
    const folder = tempFolder(scope);
    const hub = await HubServer.start({ host: '127.0.0.1', port: 0, folder, key: KEY });
    scope.defer(() => hub.close());
    const address = `127.0.0.1:${hub.port}`;
    const stateFolder = join(tempFolder(scope), 'state');
    const first = await startMember(stateFolder);
    const target = tempFolder(scope);
    await first.client.request('joinHub', { address, key: 'a wrong key' });
    const refused = await until(first, 'a refusal', ({ joined }) => joined[0]?.state === 'key-needed');
    assert.equal(refused.joined[0]?.error?.code, 'hub-key-needed');
    await first.client.request('joinHub', { address, key: KEY });
    await until(first, 'to be in', isIn);
    const content = new Content(3 * MIB, 7);
    const path = writeContent(content);
    await first.client.request('shareToHub', { address, paths: [path] });
    await waitFor('the file', () => hub.files.length === 1);
    const fid = hub.files[0]?.fid ?? '';
    // By the key that the hub was joined with, and by one in the link.
    const links = [`hub://${address}/${fid}`, `hub://:${encodeURIComponent(KEY)}@${address}/${fid}`];
    for (const link of links) {
      const task = await first.client.completed(await first.client.add(link, { folder: target }));
      await assertDownloaded(task, content);
      assert.equal(JSON.stringify(task).includes('key'), false);
    }
    const own = await first.client.request('startHub', { port: await freePort(), key: KEY });
    const idle = await first.client.add(links[1] ?? '', { folder: target });
    await first.client.completed(idle);
    await first.engine.kill();
    for (const name of readdirSync(stateFolder, { recursive: true, encoding: 'utf8' })) {
      const file = join(stateFolder, name);
      try {
        const text = readFileSync(file, 'utf8');
        assert.equal(text.includes(KEY) || text.includes(encodeURIComponent(KEY)), false, file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EISDIR' && (error as NodeJS.ErrnoException).code !== 'ENXIO')
          throw error;
      }
    }

    const second = await startMember(stateFolder);
    const hubs = await snapshot(second);
    assert.deepEqual(
      hubs.joined.map(({ state }) => state),
      ['key-needed', 'key-needed'],
    );
    assert.equal(hubs.own?.state, 'key-needed');
    const waiting = await second.client.add(links[0] ?? '', { folder: tempFolder(scope) });
    assert.equal((await second.client.paused(waiting))?.code, 'hub-key-needed');
    await second.client.request('joinHub', { address, key: KEY });
    await assertDownloaded(await second.client.completed(waiting), content);
    await second.client.request('startHub', { port: Number(own.own.address.split(':')[1]), key: KEY });
    await until(second, 'all', ({ joined }) => joined.length === 2 && joined.every(({ state }) => state === 'joined'));
  });

  it('a file that changes while it is shared, is gone, or is no file', async () => {
    const hub = await HubServer.start({ host: '127.0.0.1', port: 0, folder: tempFolder(scope), key: null });
    scope.defer(() => hub.close());
    const address = `127.0.0.1:${hub.port}`;
    const member = await startMember();
    await assert.rejects(member.client.request('shareToHub', { address, paths: ['/x'] }), { code: 'unknown-hub' });
    // Nobody listens there yet: uploads wait.
    const port = await freePort();
    const later = `127.0.0.1:${port}`;
    await member.client.request('joinHub', { address: later });
    const share = (path: string) => member.client.request('shareToHub', { address: later, paths: [path] });
    await assert.rejects(share(join(tempFolder(scope), 'missing')), { code: 'file-missing' });
    await assert.rejects(share(tempFolder(scope)), { code: 'share-unreadable' });
    await assert.rejects(share('relative.txt'), { code: 'bad-option' });
    const [changing, gone] = [writeContent(new Content(1000)), writeContent(new Content(1001))];
    await share(changing);
    await share(gone);
    utimesSync(changing, 1, 1);
    rmSync(gone);
    const late = await HubServer.start({ host: '127.0.0.1', port, folder: tempFolder(scope), key: null });
    scope.defer(() => late.close());
    const hubs = await until(member, 'the end', ({ uploads }) =>
      uploads.some(({ status }) => status.state === 'failed' && status.error.code === 'share-changed'),
    );
    for (const { id } of hubs.uploads) await member.client.request('cancelShare', { id });
    assert.deepEqual((await snapshot(member)).uploads, []);
    await assert.rejects(member.client.request('retryShare', { id: 'x' }), { code: 'unknown-share' });
  });

  it('a file that changed while it was shared is shared as it is now by a retry, and by sharing it again', async () => {
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    const member = await startMember();
    // Nobody listens there yet, so the files change while their uploads wait.
    await member.client.request('joinHub', { address });
    const [retried, again] = [new Content(2000, 81), new Content(3000, 82)];
    const paths = [
      writeContent(new Content(1000), 'retried.bin'),
      writeContent(new Content(1001), 'again.bin'),
    ] as const;
    const { ids } = await member.client.request('shareToHub', { address, paths: [...paths] });
    writeFileSync(paths[0], retried.slice(0, retried.sizeBytes));
    writeFileSync(paths[1], again.slice(0, again.sizeBytes));
    const hub = await HubServer.start({ host: '127.0.0.1', port, folder: tempFolder(scope), key: null });
    scope.defer(() => hub.close());
    await until(
      member,
      'both to fail',
      ({ uploads }) =>
        uploads.filter(({ status }) => status.state === 'failed' && status.error.code === 'share-changed').length === 2,
    );
    await member.client.request('retryShare', { id: ids[0] ?? '' });
    await member.client.request('shareToHub', { address, paths: [paths[1]] });
    const done = await until(
      member,
      'both files',
      (hubs) => filesOf(hubs).length === 2 && hubs.uploads.every(({ status }) => status.state === 'completed'),
    );
    // Nothing is left of what had failed.
    assert.equal(done.uploads.length, 2);
    assert.deepEqual(
      filesOf(done)
        .map(({ name, sizeBytes, sha256 }) => ({ name, sizeBytes, sha256 }))
        .sort((left, right) => left.sizeBytes - right.sizeBytes),
      [
        { name: 'retried.bin', sizeBytes: retried.sizeBytes, sha256: retried.sha256 },
        { name: 'again.bin', sizeBytes: again.sizeBytes, sha256: again.sha256 },
      ],
    );
  });

  it('an engine with a hub stays although nobody looks at it, until the hub is ended', async () => {
    const start = async (): Promise<[EngineProcess, EngineClient]> => {
      const engine = await startEngineProcess(scope, {
        stateFolder: join(tempFolder(scope), 'state'),
        idleSeconds: 0.4,
      });
      return [engine, await engine.client()];
    };
    const [serving, client] = await start();
    const { own } = await client.request('startHub', { port: 0 });
    client.disconnect();
    const [idle, other] = await start();
    other.disconnect();
    await idle.ended;
    assert.equal(serving.child.exitCode, null);
    await joinHub(scope, Number(own.address.split(':')[1]));
    const again = await serving.client();
    await again.request('stopHub', {});
    again.disconnect();
    assert.deepEqual(await serving.ended, [0, null]);
  });
});
