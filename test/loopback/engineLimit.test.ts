import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';

const MIB = 1 << 20;

describe('the speed limit', () => {
  const scope = useScope();

  it('holds for all downloads together, and its end lets them go', async () => {
    const content = new Content(32 * MIB);
    const server = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const limitBytesPerSecond = 4 * MIB;
    const engine = await startInProcessEngine(scope, { settings: { limitBytesPerSecond } });
    const ids = [
      await engine.add(`${server.origin}/f.bin`),
      await engine.add(`${server.origin}/f.bin`, { fileName: 'g.bin' }),
    ];
    const received = (): number => ids.reduce((sum, id) => sum + (engine.tasks.get(id)?.receivedBytes ?? 0), 0);
    const began = performance.now();
    for (const id of ids) await engine.received(id, 3 * MIB);
    const seconds = (performance.now() - began) / 1000;
    // Loose on purpose: snapshots lag behind by a quarter of a second, and the first second may be spent at once.
    assert.ok(received() <= limitBytesPerSecond * (seconds + 2), `${received()} bytes in ${seconds} s`);
    await engine.request('configure', DEFAULT_SETTINGS);
    for (const id of ids) await assertDownloaded(await engine.completed(id), content);
  });
});
