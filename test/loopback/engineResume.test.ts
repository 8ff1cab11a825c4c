import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import type { HttpServer } from '../support/servers/httpServer.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { startNginx, whyNoNginx } from '../support/servers/nginx.ts';
import type { ServedFile } from '../support/servers/serveFile.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { waitFor } from '../support/waitFor.ts';

const MIB = 1 << 20;

describe('pause and resume', () => {
  const scope = useScope();
  const content = new Content(12 * MIB, 4);

  async function slowServer(
    more: Partial<ServedFile> = {},
  ): Promise<{ server: HttpServer; file: ServedFile; address: string }> {
    const file: ServedFile = { content, body: () => ({ bytesPerSecond: 2 * MIB }), ...more };
    const server = await startHttpServer(scope, { '/f.bin': serveFile(file) });
    return { server, file, address: `${server.origin}/f.bin` };
  }

  it('a pause stops the traffic, and a resume fetches only what is missing', async () => {
    const { server, file, address } = await slowServer();
    const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 4 } });
    const id = await engine.add(address);
    await engine.received(id, 3 * MIB);
    await engine.request('pause', { id });
    assert.equal(await engine.paused(id), null, 'paused by the user, for no other reason');
    await server.log.quiet();
    const { requests, bytesSent } = server.log;
    const asked = requests.length;
    const kept = engine.tasks.get(id)?.receivedBytes ?? 0;

    delete file.body;
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
    const later = requests.slice(asked);
    const missing = content.sizeBytes - kept;
    const again = server.log.bytesSent - bytesSent;
    assert.ok(
      later.every(({ range }) => range !== null && range.start > 0),
      'the beginning is not asked for again',
    );
    assert.ok(again >= missing && again <= missing + MIB, `${again} bytes were sent for the missing ${missing}`);
  });

  it('the same with the real nginx and its own pace', async function () {
    skipBecause(this, whyNoNginx());
    const nginx = await startNginx(scope, { bytesPerSecondPerConnection: MIB });
    writeFileSync(join(nginx.folder, 'f.bin'), content.slice(0, content.sizeBytes));
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${nginx.origin}/f.bin`);
    await engine.received(id, 3 * MIB);
    await engine.request('pause', { id });
    await engine.paused(id);
    const kept = engine.tasks.get(id)?.receivedBytes ?? 0;
    // Requests are logged when they end, so those that the pause has cut are in the log before the resume.
    await waitFor('the cut requests in the log', () => sentBy(nginx.accessLog()) >= kept);
    const before = nginx.accessLog();
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
    const missing = content.sizeBytes - kept;
    await waitFor('the last requests in the log', () => sentBy(nginx.accessLog()) - sentBy(before) >= missing);
    const later = nginx.accessLog().slice(before.length);
    assert.ok(
      later.every((line) => / 206 \d+ bytes=[1-9]/.test(line)),
      later.join('\n'),
    );
    assert.ok(sentBy(later) <= missing + MIB, `${sentBy(later)} bytes were sent for the missing ${missing}`);
  });

  it('a pause of a download that cannot be resumed starts it anew, and says so beforehand', async () => {
    const { file, address } = await slowServer({ ranges: false });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(address);
    await engine.received(id, MIB / 2);
    assert.equal(engine.tasks.get(id)?.resumable, false);
    await engine.request('pause', { id });
    await engine.paused(id);
    delete file.body;
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
  });

  it('many pauses at any moment do no harm', async () => {
    const { file, address } = await slowServer();
    file.body = () => ({ bytesPerSecond: 4 * MIB });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(address);
    for (let n = 0; n < 8; n++) {
      await engine.until(id, 'to run', ({ status }) => status.state !== 'paused');
      if (n % 2 === 0) await engine.received(id, (n + 1) * MIB);
      await engine.request('pause', { id });
      await engine.paused(id);
      await engine.request('resume', { id });
    }
    await assertDownloaded(await engine.completed(id), content);
  });

  it('an engine that ends and starts again goes on by itself, and asks only for the rest', async () => {
    const { server, file, address } = await slowServer();
    const first = await startInProcessEngine(scope, { settings: { lanesPerTask: 4 } });
    const [active, paused] = [await first.add(address), await first.add(address, { fileName: 'paused.bin' })];
    await first.received(paused, MIB);
    await first.request('pause', { id: paused });
    await first.received(active, 3 * MIB);
    await first.close();
    await server.log.quiet();
    const asked = server.log.requests.length;
    const sent = server.log.bytesSent;

    delete file.body;
    const { stateFolder, folder } = first;
    const second = await startInProcessEngine(scope, { stateFolder, folder });
    assert.equal(await second.paused(paused), null, 'what the user paused stays paused');
    const kept = first.tasks.get(active)?.receivedBytes ?? 0;
    await assertDownloaded(await second.completed(active), content);
    assert.ok(server.log.requests.slice(asked).every(({ range }) => range !== null && range.start > 0));
    const again = server.log.bytesSent - sent;
    assert.ok(
      again <= content.sizeBytes - kept + 2 * MIB,
      `${again} bytes were sent for the missing ${content.sizeBytes - kept}`,
    );
    await second.request('resume', { id: paused });
    await assertDownloaded(await second.completed(paused), content);
  });

  it('completed and failed tasks are still on the list after a restart', async () => {
    const { address } = await slowServer({ content: new Content(10) });
    const first = await startInProcessEngine(scope);
    const done = await first.add(address);
    const failed = await first.add(address.replace('f.bin', 'none.bin'));
    await first.completed(done);
    await first.failed(failed);
    const before = (await first.request('list', undefined)).tasks;
    await first.close();
    const second = await startInProcessEngine(scope, { stateFolder: first.stateFolder, folder: first.folder });
    assert.deepEqual((await second.request('list', undefined)).tasks, before);
  });

  const damages: readonly (readonly [string, (part: string, record: string) => void])[] = [
    ['a torn resume record', (_, record) => truncateSync(record, Math.floor(statSync(record).size / 2))],
    ['a resume record that is no JSON', (_, record) => writeFileSync(record, 'garbage')],
    ['a resume record that claims more than was written', (_, record) => writeFileSync(record, claimAll(record))],
    ['a part file that was cut', (part) => truncateSync(part, 1000)],
  ];
  for (const [what, damage] of damages) {
    it(`${what} is never believed: the file is right in the end`, async () => {
      const { file, address } = await slowServer();
      const first = await startInProcessEngine(scope, { settings: { lanesPerTask: 4 } });
      const id = await first.add(address);
      const { targetPath } = await first.received(id, 3 * MIB);
      await first.request('pause', { id });
      await first.paused(id);
      await first.close();
      assert.ok(existsSync(`${targetPath}.part`) && existsSync(`${targetPath}.part.json`));
      damage(`${targetPath}.part`, `${targetPath}.part.json`);
      delete file.body;
      const second = await startInProcessEngine(scope, { stateFolder: first.stateFolder, folder: first.folder });
      await second.request('resume', { id });
      await assertDownloaded(await second.completed(id), content);
    });
  }

  it('a part file that was deleted is begun again', async () => {
    const { file, address } = await slowServer();
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(address);
    const { targetPath } = await engine.received(id, MIB);
    await engine.request('pause', { id });
    await engine.paused(id);
    unlinkSync(`${targetPath}.part`);
    delete file.body;
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
  });
});

/** Body bytes in an nginx log. */
function sentBy(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Number(line.split(' ')[3]), 0);
}

/** The record with every `done` range stretched to the whole file, its own checksum left as it was. */
function claimAll(path: string): string {
  const record = readFileSync(path, 'utf8');
  const claimed = record.replace(/"done":\s*\[[\s\S]*?\]\s*\]/, `"done":[[0,${12 * MIB}]]`);
  assert.notEqual(claimed, record);
  return claimed;
}
