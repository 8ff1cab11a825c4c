import assert from 'node:assert/strict';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { waitFor } from '../support/waitFor.ts';

describe('what the engine tells its clients', () => {
  const scope = useScope();

  it('at most four times a second, and only about tasks that changed', async () => {
    const content = new Content(8 << 20);
    const server = await startHttpServer(scope, {
      '/f.bin': serveFile({ content, body: () => ({ bytesPerSecond: 1 << 20 }) }),
    });
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 1, lanesPerTask: 4 } });
    const running = await engine.add(`${server.origin}/f.bin`);
    const waiting: string[] = [];
    for (let n = 0; n < 200; n++) waiting.push(await engine.add(`${server.origin}/f.bin`, { fileName: `${n}.bin` }));
    const toldOf = (id: string): boolean =>
      engine.changes.some(({ change }) => change.tasks.some((task) => task.id === id));
    await waitFor('news of the last one', () => toldOf(waiting.at(-1) ?? ''));
    const first = engine.changes.length;
    await engine.received(running, 4 << 20);
    const seen = engine.changes.slice(first);
    const seconds = ((seen.at(-1)?.atMs ?? 0) - (seen[0]?.atMs ?? 0)) / 1000;
    assert.ok(seen.length <= 4 * seconds + 2, `${seen.length} in ${seconds} s`);
    for (const { change } of seen)
      assert.deepEqual(
        change.tasks.map(({ id }) => id),
        [running],
      );
    await engine.request('pauseAll', undefined);
  });

  it('at most four times a second too while hundreds are added, paused and removed', async () => {
    const server = await startHttpServer(scope, {});
    const engine = await startInProcessEngine(scope, { settings: { parallelTasks: 1 } });
    const began = performance.now();
    const ids: string[] = [];
    for (let n = 0; n < 200; n++) ids.push(await engine.add(`${server.origin}/f.bin`, { fileName: `${n}.bin` }));
    await engine.request('pauseAll', undefined);
    for (const id of ids) await engine.request('remove', { id });
    const seconds = (performance.now() - began) / 1000;
    // Four may come at once; and the fixture has put the first list among them.
    assert.ok(engine.changes.length <= 4 * (seconds + 1) + 1, `${engine.changes.length} in ${seconds} s`);
  });

  it('nothing of a download that was removed while its digest was computed', async () => {
    const content = new Content(16 << 20);
    const server = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${server.origin}/f.bin`);
    await engine.completed(id);
    const digest = engine.request('sha256', { id });
    await engine.request('remove', { id });
    assert.deepEqual(await digest, { sha256: content.sha256 });
    // What waits to be told is told then.
    await engine.close();
    assert.equal(engine.tasks.has(id), false);
  });

  it('nothing while nothing changes', async () => {
    const server = await startHttpServer(scope, { '/f.bin': serveFile({ content: new Content(10) }) });
    const engine = await startInProcessEngine(scope);
    const other = await startInProcessEngine(scope);
    await engine.completed(await engine.add(`${server.origin}/f.bin`));
    const before = engine.changes.length;
    // A download in another engine is the clock: several notifications there, none here.
    const slow = new Content(2 << 20);
    server.routes.set('/slow.bin', serveFile({ content: slow, body: () => ({ bytesPerSecond: 1 << 20 }) }));
    const id = await other.add(`${server.origin}/slow.bin`);
    await waitFor('four notifications of the other', () => other.changes.length >= 5);
    assert.equal(engine.changes.length, before);
    await other.request('cancel', { id });
  });

  it('the speed, the time left and the connections of a running download', async () => {
    const content = new Content(16 << 20);
    const server = await startHttpServer(scope, {
      '/f.bin': serveFile({ content, body: () => ({ bytesPerSecond: 1 << 20 }) }),
    });
    const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 2 } });
    const id = await engine.add(`${server.origin}/f.bin?key=1`);
    const task = await engine.until(
      id,
      'to have a speed',
      ({ status }) => status.state === 'active' && status.secondsLeft !== null,
    );
    assert.ok(task.status.state === 'active' && task.status.phase === 'downloading');
    assert.ok(task.status.bytesPerSecond > 0 && task.status.lanes >= 1 && task.status.lanes <= 2);
    assert.equal(task.sizeBytes, content.sizeBytes);
    const { receivedBytes } = task;
    assert.deepEqual(task.sources, [{ kind: 'http', address: `${server.origin}/f.bin`, receivedBytes, error: null }]);
    await engine.request('cancel', { id });
  });

  it('received bytes never shrink, and never exceed the size', async () => {
    const content = new Content(6 << 20);
    const body = (): { bytesPerSecond: number } => ({ bytesPerSecond: 2 << 20 });
    const server = await startHttpServer(scope, { '/f.bin': serveFile({ content, body }) });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${server.origin}/f.bin`);
    await engine.received(id, 2 << 20);
    await engine.request('pause', { id });
    await engine.paused(id);
    await engine.request('resume', { id });
    await engine.completed(id);
    const told = (): boolean => engine.changes.at(-1)?.change.tasks[0]?.status.state === 'completed';
    await waitFor('news of the end', told);
    const counts = engine.changes.flatMap(({ change }) => change.tasks.map(({ receivedBytes }) => receivedBytes));
    assert.deepEqual(
      counts,
      [...counts].sort((a, b) => a - b),
    );
    assert.equal(counts.at(-1), content.sizeBytes);
  });
});
