import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { readRendezvous, spawnEngine, startEngineProcess } from '../support/engineProcess.ts';
import { useScope } from '../support/scope.ts';
import { Gate } from '../support/servers/gate.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

describe("the engine's life", () => {
  const scope = useScope();
  const newStateFolder = (): string => join(tempFolder(scope), 'state');

  it('without a client and a task it ends by itself, and leaves no rendezvous behind', async () => {
    const stateFolder = newStateFolder();
    const engine = await startEngineProcess(scope, { stateFolder, idleSeconds: 1 });
    (await engine.client()).disconnect();
    assert.deepEqual(await engine.ended, [0, null]);
    assert.equal(existsSync(join(stateFolder, 'engine.json')), false);
  });

  it('it stays while a client is there or a task runs, and ends when the last one is done', async () => {
    const content = new Content(1000);
    const gate = new Gate();
    const { origin } = await startHttpServer(scope, { '/f.bin': gate.before(serveFile({ content })) });
    const stateFolder = newStateFolder();
    const folder = tempFolder(scope);
    const working = await startEngineProcess(scope, { stateFolder, folder, idleSeconds: 1 });
    const visited = await startEngineProcess(scope, { stateFolder: newStateFolder(), idleSeconds: 1 });
    const visitor = await visited.client();
    const client = await working.client();
    await client.add(`${origin}/f.bin`);
    client.disconnect();
    // Two idle engines that live and end one after the other are the clock.
    for (let n = 0; n < 2; n++) {
      const idle = await startEngineProcess(scope, { stateFolder: newStateFolder(), idleSeconds: 1 });
      await idle.ended;
    }
    assert.equal(working.child.exitCode, null, 'its task waits for the server');
    assert.equal(visited.child.exitCode, null, 'its client is still there');
    gate.open();
    assert.deepEqual(await working.ended, [0, null]);
    assert.deepEqual(readdirSync(folder), ['f.bin']);
    visitor.disconnect();
    assert.deepEqual(await visited.ended, [0, null]);
  });

  it('two that start for one state folder: one lives, and it is the one that clients find', async () => {
    const stateFolder = newStateFolder();
    const children = [1, 2, 3].map(() => spawnEngine(scope, { stateFolder }));
    await waitFor('all but one to end', () => children.filter(({ exitCode }) => exitCode !== null).length === 2);
    const alive = children.filter(({ exitCode }) => exitCode === null);
    await waitFor('the rendezvous of the survivor', () => readRendezvous(stateFolder)?.pid === alive[0]?.pid);
    const late = spawnEngine(scope, { stateFolder });
    await waitFor('the late one to end', () => late.exitCode !== null);
    assert.equal(readRendezvous(stateFolder)?.pid, alive[0]?.pid, 'the owner was not disturbed');
    assert.equal(alive[0]?.exitCode, null);
  });

  it('the lock and the rendezvous of a killed engine stop nobody, and its socket does not stay', async () => {
    const stateFolder = newStateFolder();
    const first = await startEngineProcess(scope, { stateFolder });
    await first.kill();
    assert.ok(existsSync(join(stateFolder, 'engine.json')), 'it had no time to tidy up');
    const second = await startEngineProcess(scope, { stateFolder });
    const client = await second.client();
    assert.deepEqual((await client.request('list', {})).tasks, []);
    assert.ok(first.rendezvous.socket !== second.rendezvous.socket && !existsSync(first.rendezvous.socket));
  });

  for (const [what, text] of [
    ['empty', ''],
    ['garbage', '\0garbage'],
    ['of a process that is gone', '{"pid":4194303,"startedAt":1}'],
  ] as const) {
    it(`a lock file that is ${what} stops nobody`, async () => {
      const stateFolder = newStateFolder();
      await (await startEngineProcess(scope, { stateFolder })).kill();
      writeFileSync(join(stateFolder, 'engine.lock'), text);
      await (await startEngineProcess(scope, { stateFolder })).client();
    });
  }

  it('asked to leave, it writes everything down and ends; its successor goes on', async () => {
    const content = new Content(8 << 20);
    const file = { content, body: () => ({ bytesPerSecond: 1 << 20 }) };
    const server = await startHttpServer(scope, { '/f.bin': serveFile(file) });
    const stateFolder = newStateFolder();
    const folder = tempFolder(scope);
    const first = await startEngineProcess(scope, { stateFolder, folder });
    const client = await first.client();
    const id = await client.add(`${server.origin}/f.bin`);
    await client.received(id, 2 << 20);
    const { requests } = server.log;
    await client.rpc.request('leave', {});
    assert.deepEqual(await first.ended, [0, null]);
    assert.equal(existsSync(join(stateFolder, 'engine.json')), false);
    const asked = requests.length;
    file.body = () => ({ bytesPerSecond: 100 << 20 });
    const successor = await (await startEngineProcess(scope, { stateFolder, folder })).client();
    await assertDownloaded(await successor.completed(id), content);
    assert.ok(requests.slice(asked).every(({ range }) => range !== null && range.start > 0));
  });

  it('SIGTERM is a request to leave', async () => {
    const engine = await startEngineProcess(scope, { stateFolder: newStateFolder() });
    engine.child.kill('SIGTERM');
    assert.deepEqual(await engine.ended, [0, null]);
    assert.equal(existsSync(join(engine.stateFolder, 'engine.json')), false);
  });

  it('a damaged task record costs that task only', async () => {
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content: new Content(10) }) });
    const stateFolder = newStateFolder();
    const first = await startEngineProcess(scope, { stateFolder });
    const client = await first.client();
    const good = await client.add(`${origin}/f.bin`);
    const bad = await client.add(`${origin}/f.bin`);
    await client.completed(good);
    await client.completed(bad);
    await client.rpc.request('leave', {});
    await first.ended;
    writeFileSync(join(stateFolder, 'tasks', `${bad}.json`), '{"half":');
    const again = await (await startEngineProcess(scope, { stateFolder })).client();
    assert.deepEqual([...again.tasks.keys()], [good]);
  });
});
