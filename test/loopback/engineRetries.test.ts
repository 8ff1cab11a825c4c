import assert from 'node:assert/strict';
import type { TaskSnapshot } from '../../src/contract/task.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { answerStatus, hangUp, inTurn } from '../support/servers/answers.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';

const LONG_MS = 3_600_000;

describe('downloads that fail and are tried again by themselves', () => {
  const scope = useScope();
  const content = new Content(4 << 20);
  const good = serveFile({ content });
  const begun = serveFile({ content, body: () => ({ endAfterBytes: 2 << 20 }) });

  it('go on when the server is there again, from where they were', async () => {
    const { origin, routes } = await startHttpServer(scope, {
      '/new.bin': hangUp,
      '/begun.bin': inTurn([begun], hangUp),
    });
    const engine = await startInProcessEngine(scope, { retryPausesMs: [300] });
    const comesBack = async (path: string): Promise<void> => {
      const id = await engine.add(origin + path);
      const { status } = await engine.until(id, 'to fail', (task) => task.status.state === 'failed', 60_000);
      assert.ok(status.state === 'failed' && status.retryAt !== undefined);
      routes.set(path, good);
      const task = await engine.until(id, 'to complete', (task) => task.status.state === 'completed');
      await assertDownloaded(task, content);
    };
    await Promise.all([...routes.keys()].map(comesBack));
  });

  it('are given up when nothing has ever come', async () => {
    const { origin } = await startHttpServer(scope, { '/wrong.bin': hangUp });
    const engine = await startInProcessEngine(scope, { retryPausesMs: [1] });
    const id = await engine.add(`${origin}/wrong.bin`);
    const isGivenUp = ({ status }: TaskSnapshot) => status.state === 'failed' && status.retryAt === undefined;
    await engine.until(id, 'to be given up', isGivenUp, 60_000);
  });

  it('wait for that also in the engine that comes after', async () => {
    const { origin, routes } = await startHttpServer(scope, { '/f.bin': hangUp });
    const first = await startInProcessEngine(scope, { retryPausesMs: [LONG_MS] });
    const id = await first.add(`${origin}/f.bin`);
    await first.failed(id);
    await first.close();
    const { stateFolder, folder } = first;
    const second = await startInProcessEngine(scope, { stateFolder, folder, retryPausesMs: [LONG_MS] });
    const { status } = await second.until(id, 'to be known', () => true);
    assert.ok(status.state === 'failed' && (status.retryAt ?? 0) > Date.now());
    routes.set('/f.bin', good);
    await second.request('retry', { id });
    await assertDownloaded(await second.completed(id), content);
  });

  it('can be paused, alone or with all others, and then stay so', async () => {
    const { origin } = await startHttpServer(scope, { '/a.bin': hangUp, '/b.bin': hangUp });
    const engine = await startInProcessEngine(scope, { retryPausesMs: [LONG_MS] });
    const ids = await Promise.all(['a', 'b'].map((name) => engine.add(`${origin}/${name}.bin`)));
    await Promise.all(ids.map((id) => engine.failed(id)));
    await engine.request('pause', { id: ids[0] ?? '' });
    assert.equal(await engine.paused(ids[0] ?? ''), null);
    await engine.request('pauseAll', undefined);
    assert.equal(await engine.paused(ids[1] ?? ''), null);
  });

  it('are not those that only somebody can mend', async () => {
    const { origin } = await startHttpServer(scope, { '/gone.bin': answerStatus(404) });
    const engine = await startInProcessEngine(scope, { retryPausesMs: [1] });
    const id = await engine.add(`${origin}/gone.bin`);
    await engine.failed(id);
    assert.deepEqual(Object.keys(engine.tasks.get(id)?.status ?? {}), ['state', 'error']);
    await assert.rejects(engine.request('pause', { id }), { code: 'illegal-move' });
  });
});
