import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import type { TaskId } from '../../src/contract/task.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import type { InProcessEngine } from '../support/inProcessEngine.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { Gate } from '../support/servers/gate.ts';
import type { HttpServer } from '../support/servers/httpServer.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { waitFor } from '../support/waitFor.ts';

describe('the queue', () => {
  const scope = useScope();

  /** `/0.bin`, `/1.bin` … that are answered once the gate is open. */
  async function gatedServer(count: number): Promise<{ server: HttpServer; gate: Gate; contents: readonly Content[] }> {
    const gate = new Gate();
    const contents = Array.from({ length: count }, (_, n) => new Content(1000 + n, n + 1));
    const routes = Object.fromEntries(contents.map((content, n) => [`/${n}.bin`, gate.before(serveFile({ content }))]));
    return { server: await startHttpServer(scope, routes), gate, contents };
  }

  async function addAll(engine: InProcessEngine, { origin }: HttpServer, count: number): Promise<TaskId[]> {
    const ids: TaskId[] = [];
    for (let n = 0; n < count; n++) ids.push(await engine.add(`${origin}/${n}.bin`));
    return ids;
  }

  /** Paths in the order in which the server was first asked for them. */
  const asked = (server: HttpServer): string[] => [...new Set(server.log.requests.map(({ target }) => target))];

  const inOrder = async (engine: InProcessEngine): Promise<TaskId[]> =>
    [...(await engine.request('list', undefined)).tasks].sort((a, b) => a.order - b.order).map(({ id }) => id);

  it('runs as many as allowed, the rest in order', async () => {
    const { server, gate, contents } = await gatedServer(6);
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 2 } });
    const ids = await addAll(engine, server, 6);
    await waitFor('two requests', () => asked(server).length === 2);
    await engine.until(ids[5] ?? '', 'to be queued', ({ status }) => status.state === 'queued');
    const states = (await engine.request('list', undefined)).tasks.map(({ status }) => status.state);
    assert.deepEqual(states.sort(), ['active', 'active', 'queued', 'queued', 'queued', 'queued']);
    gate.open();
    for (const [n, id] of ids.entries())
      await assertDownloaded(await engine.completed(id), contents[n] ?? assert.fail());
    assert.deepEqual(asked(server).slice(2).sort(), ['/2.bin', '/3.bin', '/4.bin', '/5.bin']);
    assert.deepEqual(asked(server).slice(0, 2).sort(), ['/0.bin', '/1.bin']);
  });

  it('one at a time keeps the order, and moves change it', async () => {
    const { server, gate } = await gatedServer(5);
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 1 } });
    const ids = await addAll(engine, server, 5);
    await waitFor('the first request', () => asked(server).length === 1);
    await engine.request('move', { id: ids[4] ?? '', direction: 'up' });
    await engine.request('move', { id: ids[4] ?? '', direction: 'up' });
    await engine.request('move', { id: ids[1] ?? '', direction: 'down' });
    await engine.request('move', { id: ids[1] ?? '', direction: 'down' });
    assert.deepEqual(
      await inOrder(engine),
      [0, 4, 2, 1, 3].map((n) => ids[n]).map((id) => id ?? ''),
    );
    gate.open();
    for (const id of ids) await engine.completed(id);
    assert.deepEqual(asked(server), ['/0.bin', '/4.bin', '/2.bin', '/1.bin', '/3.bin']);
  });

  it('moves at the ends do nothing', async () => {
    const { server } = await gatedServer(3);
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 1 } });
    const ids = await addAll(engine, server, 3);
    await engine.request('pauseAll', undefined);
    await engine.request('move', { id: ids[0] ?? '', direction: 'up' });
    await engine.request('move', { id: ids[2] ?? '', direction: 'down' });
    assert.deepEqual(await inOrder(engine), ids);
  });

  it('a pause, a cancel and a larger limit let the next ones run', async () => {
    const { server, gate } = await gatedServer(5);
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 1 } });
    const ids = await addAll(engine, server, 5);
    await waitFor('the first request', () => asked(server).length === 1);
    await engine.request('pause', { id: ids[0] ?? '' });
    await waitFor('the second request', () => asked(server).length === 2);
    await engine.request('cancel', { id: ids[1] ?? '' });
    await waitFor('the third request', () => asked(server).length === 3);
    await engine.request('configure', { ...DEFAULT_SETTINGS, parallelTasks: 3 });
    await waitFor('all requests', () => asked(server).length === 5);
    assert.equal(await engine.paused(ids[0] ?? ''), null);
    gate.open();
    for (const id of ids.slice(2)) await engine.completed(id);
    assert.deepEqual(
      readdirSync(engine.folder).filter((name) => name.startsWith('1.bin')),
      [],
    );
  });

  it('the order, moves included, survives a restart', async () => {
    const { server, gate } = await gatedServer(4);
    const first = await startInProcessEngine(scope, { settings: { parallelTasks: 1 } });
    const ids = await addAll(first, server, 4);
    await first.request('move', { id: ids[3] ?? '', direction: 'up' });
    const order = await inOrder(first);
    await first.close();
    const before = server.log.requests.length;
    const second = await startInProcessEngine(scope, {
      stateFolder: first.stateFolder,
      folder: first.folder,
      settings: { parallelTasks: 1 },
    });
    assert.deepEqual(await inOrder(second), order);
    gate.open();
    for (const id of ids) await second.completed(id);
    const later = [...new Set(server.log.requests.slice(before).map(({ target }) => target))];
    assert.deepEqual(
      later.filter((path) => path !== '/0.bin'),
      ['/1.bin', '/3.bin', '/2.bin'],
    );
  });

  it('pause all, resume all and clear completed do what they say', async () => {
    const { server, gate } = await gatedServer(5);
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 2 } });
    const ids = await addAll(engine, server, 5);
    await waitFor('two requests', () => asked(server).length === 2);
    await engine.request('pauseAll', undefined);
    for (const id of ids) assert.equal(await engine.paused(id), null);
    await server.log.quiet();
    gate.open();
    await engine.request('resumeAll', undefined);
    for (const id of ids) await engine.completed(id);
    await engine.request('clearCompleted', undefined);
    for (const id of ids) await engine.removed(id);
    assert.deepEqual((await engine.request('list', undefined)).tasks, []);
    assert.equal(readdirSync(engine.folder).length, 5, 'the files stay');
  });

  it('a failed task lets the next one run, and its retry waits for its turn', async () => {
    const { server, gate } = await gatedServer(2);
    gate.open();
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 1 } });
    const failing = await engine.add(`${server.origin}/missing.bin`);
    const [good] = await addAll(engine, server, 1);
    await engine.failed(failing);
    await engine.completed(good ?? '');
    server.routes.set('/missing.bin', serveFile({ content: new Content(5) }));
    await engine.request('retry', { id: failing });
    await engine.completed(failing);
  });
});
