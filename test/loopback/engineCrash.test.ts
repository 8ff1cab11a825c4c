import assert from 'node:assert/strict';
import { createHash, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { startEngineProcess } from '../support/engineProcess.ts';
import { useScope } from '../support/scope.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import type { ServedFile } from '../support/servers/serveFile.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { tempFolder } from '../support/tempFolder.ts';

const MIB = 1 << 20;
const KILLS = 5;
const LANES = 4;
const LANE_BYTES_PER_SECOND = 2 * MIB;
/** Two seconds of data and what was in flight: the most that one kill may cost. */
const LOST_BYTES = 2 * LANES * LANE_BYTES_PER_SECOND + LANES * MIB;

describe('kill -9 of the engine', () => {
  const scope = useScope();

  it('at random moments: the task goes on by itself, the file is right, and little is fetched twice', async () => {
    const seed = randomInt(1_000_000);
    console.log(`      seed ${seed}`);
    const content = new Content(48 * MIB, seed);
    const file: ServedFile = { content, body: () => ({ bytesPerSecond: LANE_BYTES_PER_SECOND }) };
    const server = await startHttpServer(scope, { '/f.bin': serveFile(file) });
    const stateFolder = join(tempFolder(scope), 'state');
    const folder = tempFolder(scope);
    const settings = { ...DEFAULT_SETTINGS, lanesPerTask: LANES };

    let id: string | null = null;
    let before = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      const engine = await startEngineProcess(scope, { stateFolder, folder });
      const client = await engine.client();
      await client.request('configure', settings);
      id ??= await client.add(`${server.origin}/f.bin`);
      const kept = client.tasks.get(id)?.receivedBytes ?? 0;
      assert.ok(kept >= before - LOST_BYTES, `kill ${kill - 1} lost ${before - kept} bytes`);
      // Moments by bytes, not by time: on a loaded machine they are the same ones.
      const moment = Math.floor((1 + 11 * fraction(seed + kill)) * MIB);
      ({ receivedBytes: before } = await client.received(id, Math.min(kept + moment, content.sizeBytes - MIB)));
      await engine.kill();
      await server.log.quiet();
    }

    delete file.body;
    const last = await startEngineProcess(scope, { stateFolder, folder });
    const client = await last.client();
    await assertDownloaded(await client.completed(id ?? ''), content);
    const twice = server.log.bytesSent - content.sizeBytes;
    assert.ok(twice < KILLS * LOST_BYTES, `${twice} bytes were fetched twice`);
    assert.ok(server.log.requests.filter(({ range }) => (range?.start ?? 0) === 0).length <= 1 + KILLS);
  });

  it('while several tasks run and wait: none is lost, none is mixed up', async () => {
    const contents = Array.from({ length: 6 }, (_, n) => new Content(3 * MIB + n, n + 1));
    const files: ServedFile[] = contents.map((content) => ({ content, body: () => ({ bytesPerSecond: MIB }) }));
    const server = await startHttpServer(
      scope,
      Object.fromEntries(files.map((file, n) => [`/${n}.bin`, serveFile(file)])),
    );
    const stateFolder = join(tempFolder(scope), 'state');
    const folder = tempFolder(scope);
    const engine = await startEngineProcess(scope, { stateFolder, folder });
    const client = await engine.client();
    const ids: string[] = [];
    for (const n of files.keys()) ids.push(await client.add(`${server.origin}/${n}.bin`));
    await client.received(ids[0] ?? '', MIB / 2);
    await engine.kill();
    for (const file of files) delete file.body;
    const again = await (await startEngineProcess(scope, { stateFolder, folder })).client();
    assert.deepEqual([...again.tasks.keys()].sort(), [...ids].sort());
    for (const [n, content] of contents.entries()) await assertDownloaded(await again.completed(ids[n] ?? ''), content);
  });

  it('just after the add was answered: the task is not lost', async () => {
    const content = new Content(2 * MIB);
    const server = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const stateFolder = join(tempFolder(scope), 'state');
    const folder = tempFolder(scope);
    const engine = await startEngineProcess(scope, { stateFolder, folder });
    const id = await (await engine.client()).add(`${server.origin}/f.bin`);
    await engine.kill();
    const again = await (await startEngineProcess(scope, { stateFolder, folder })).client();
    await assertDownloaded(await again.completed(id), content);
  });
});

/** A repeatable number in [0, 1). */
function fraction(seed: number): number {
  return createHash('sha256').update(String(seed)).digest().readUInt32LE() / 2 ** 32;
}
