import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { type EngineClient, type EngineProcess, startEngineProcess } from '../support/engineProcess.ts';
import type { DiskFault } from '../support/faultyDisk/diskFault.ts';
import { FaultyDisk } from '../support/faultyDisk/faultyDisk.ts';
import { freePort } from '../support/freePort.ts';
import { joinHub, sendTo } from '../support/hub/hubTalk.ts';
import type { HubLine } from '../support/hub/pythonHubClient.ts';
import { startCli } from '../support/runCli.ts';
import { useScope } from '../support/scope.ts';
import { type HttpServer, startHttpServer } from '../support/servers/httpServer.ts';
import { type ServedFile, serveFile } from '../support/servers/serveFile.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';
import { waitForPort } from '../support/waitForPort.ts';

const MIB = 1 << 20;
const LANES = 2;
const LANE_BYTES_PER_SECOND = 2 * MIB;
/** Two seconds of data and what was in flight. */
const LOST_BYTES = 2 * LANES * LANE_BYTES_PER_SECOND + LANES * MIB;

describe('a disk that fails', () => {
  const scope = useScope();
  const content = new Content(12 * MIB + 77, 31);

  interface Attempt {
    readonly disk: FaultyDisk;
    readonly engine: EngineProcess;
    readonly client: EngineClient;
    readonly server: HttpServer;
    readonly file: ServedFile;
    readonly folder: string;
    readonly id: string;
  }

  async function begin(faults: readonly DiskFault[], pace: 'slow' | 'fast'): Promise<Attempt> {
    const disk = new FaultyDisk(scope, faults);
    const file: ServedFile = { content };
    if (pace === 'slow') file.body = () => ({ bytesPerSecond: LANE_BYTES_PER_SECOND });
    const server = await startHttpServer(scope, { '/f.bin': serveFile(file) });
    const folder = tempFolder(scope);
    const stateFolder = join(tempFolder(scope), 'state');
    const engine = await startEngineProcess(scope, { stateFolder, folder, env: disk.env });
    const client = await engine.client();
    await client.request('configure', { ...DEFAULT_SETTINGS, lanesPerTask: LANES });
    const id = await client.add(`${server.origin}/f.bin`);
    return { disk, engine, client, server, file, folder, id };
  }

  /** With a whole disk the task goes on. @returns the bytes that were sent for it */
  async function goOn({ disk, client, server, file, folder, id }: Attempt): Promise<number> {
    disk.set([]);
    delete file.body;
    await trafficStopped(server);
    const before = server.log.bytesSent;
    await client.request('resume', { id });
    await assertDownloaded(await client.completed(id), content);
    assert.deepEqual(readdirSync(folder), ['f.bin'], 'the file and nothing else');
    return server.log.bytesSent - before;
  }

  const part = { pathEnds: '.part' } as const;
  // The kernel tells of lost pages once; the next flush succeeds as if nothing had been.
  const lostPages = { ...part, call: 'datasync', times: 1, outcome: 'EIO' } as const satisfies DiskFault;
  const midway: readonly (readonly [what: string, DiskFault, code: 'disk-error' | 'disk-full'])[] = [
    ['a write fails (EIO)', { ...part, call: 'write', after: 6, outcome: 'EIO' }, 'disk-error'],
    ['the disk is full (ENOSPC)', { ...part, call: 'write', after: 6, outcome: 'ENOSPC' }, 'disk-full'],
    ['the quota is used up (EDQUOT)', { ...part, call: 'write', after: 6, outcome: 'EDQUOT' }, 'disk-full'],
    ['a write takes nothing', { ...part, call: 'write', after: 6, outcome: 'nothing' }, 'disk-error'],
    ['a flush fails and takes pages with it', { ...lostPages, after: 1 }, 'disk-error'],
    ['a record is not replaced', { pathEnds: '.part.json', call: 'rename', after: 2, outcome: 'EIO' }, 'disk-error'],
  ];
  for (const [what, fault, code] of midway) {
    it(`${what} midway: ${code}, the part is kept and only what is missing is fetched`, async () => {
      const attempt = await begin([fault], 'slow');
      const { client, disk, server, folder, id } = attempt;
      assertPlainError(await client.paused(id), code, join(folder, 'f.bin'));
      assert.ok(disk.failed.length > 0);
      assert.ok(existsSync(join(folder, 'f.bin.part')), 'the part is kept');
      assert.equal(existsSync(join(folder, 'f.bin')), false);
      await trafficStopped(server);
      const had = server.log.bytesSent;
      const again = await goOn(attempt);
      assert.ok(again <= content.sizeBytes - had + LOST_BYTES, `${again} bytes came for ${content.sizeBytes - had}`);
    });
  }

  const atTheEnd: readonly (readonly [what: string, readonly DiskFault[]])[] = [
    ['the file cannot be linked', [{ call: 'link', pathEnds: 'f.bin', outcome: 'EIO' }]],
    [
      'there are no hard links and the rename fails',
      [
        { call: 'link', pathEnds: 'f.bin', outcome: 'EPERM' },
        { call: 'rename', pathEnds: 'f.bin', outcome: 'EIO' },
      ],
    ],
    ["the part's name cannot be taken away", [{ ...part, call: 'unlink', outcome: 'EIO' }]],
  ];
  for (const [what, faults] of atTheEnd) {
    it(`${what}: disk-error, and most of it is not fetched again`, async () => {
      const attempt = await begin(faults, 'slow');
      assertPlainError(await attempt.client.paused(attempt.id), 'disk-error', attempt.folder);
      assert.ok(attempt.disk.failed.length > 0);
      const again = await goOn(attempt);
      assert.ok(again <= LOST_BYTES, `${again} bytes were sent again`);
    });
  }

  for (const [where, outcome] of [
    ['', 'EPERM'],
    [' on Windows', 'EISDIR'],
  ] as const) {
    it(`there are no hard links${where}: it completes all the same`, async () => {
      const names = ['f.bin.part.json', 'f.bin'];
      const attempt = await begin(
        names.map((pathEnds) => ({ call: 'link', pathEnds, outcome })),
        'fast',
      );
      await assertDownloaded(await attempt.client.completed(attempt.id), content);
      assert.equal(attempt.disk.failed.length, names.length);
      assert.deepEqual(readdirSync(attempt.folder), ['f.bin'], 'the file and nothing else');
    });
  }

  it('the folder cannot be flushed: disk-error, and the file that has its name already is kept', async () => {
    const attempt = await begin([], 'slow');
    attempt.disk.set([{ call: 'sync', pathEnds: attempt.folder, outcome: 'EIO' }]);
    assertPlainError(await attempt.client.paused(attempt.id), 'disk-error', attempt.folder);
    const again = await goOn(attempt);
    assert.ok(again <= LOST_BYTES, `${again} bytes were sent again`);
  });

  for (const [what, fault] of [
    ['cannot get its length', { ...part, call: 'truncate', outcome: 'EIO' }],
    ['cannot be flushed at last, and loses pages', lostPages],
  ] as const satisfies readonly (readonly [string, DiskFault])[]) {
    it(`the part ${what}: disk-error, nothing is believed, and it completes later`, async () => {
      const attempt = await begin([fault], 'fast');
      assertPlainError(await attempt.client.paused(attempt.id), 'disk-error', attempt.folder);
      assert.equal(existsSync(join(attempt.folder, 'f.bin')), false);
      await goOn(attempt);
    });
  }

  it('a flush fails and the engine is killed: the next engine believes only what was flushed before', async () => {
    const attempt = await begin([{ ...lostPages, after: 1 }], 'slow');
    await attempt.client.paused(attempt.id);
    const { stateFolder } = attempt.engine;
    // The list tells it a moment before it is written down.
    const recordPath = join(stateFolder, 'tasks', `${attempt.id}.json`);
    await waitFor('the pause to be kept', () => readFileSync(recordPath, 'utf8').includes('"paused"'));
    await attempt.engine.kill();
    const engine = await startEngineProcess(scope, { stateFolder, folder: attempt.folder });
    await goOn({ ...attempt, engine, client: await engine.client() });
  });

  it('writes that take only a part of their bytes: nothing is missing', async () => {
    const { client, disk, id } = await begin([{ ...part, call: 'write', outcome: 'short' }], 'fast');
    await assertDownloaded(await client.completed(id), content);
    assert.ok(disk.failed.length > 12);
  });

  it('the list of tasks cannot be saved: the download goes on all the same', async () => {
    const { client, disk, id } = await begin([], 'slow');
    disk.set([{ call: 'rename', pathEnds: `${id}.json`, outcome: 'EIO' }]);
    await assertDownloaded(await client.completed(id), content);
    assert.ok(disk.failed.length > 0);
  });
});

/** Resolves when nothing is on its way any more; idle connections may stay. */
async function trafficStopped({ log }: HttpServer): Promise<void> {
  await waitFor('the traffic to stop', () => log.running.length === 0);
}

describe('a hub whose disk fails', () => {
  const scope = useScope();

  it('lists no file of which a failed flush has lost bytes, however often it is offered', async () => {
    const content = new Content(3 * MIB, 5);
    const disk = new FaultyDisk(scope, [{ call: 'datasync', pathEnds: '.part', times: 1, outcome: 'EIO' }]);
    const [folder, port] = [tempFolder(scope), await freePort()];
    const args = ['hub', 'serve', '--port', String(port), '--dir', folder];
    const { child } = startCli(scope, args, { cwd: folder, env: { XDG_DATA_HOME: folder, HOME: folder, ...disk.env } });
    await waitForPort(port, child);
    const talk = await joinHub(scope, port);
    const fid = randomUUID();
    const end = async (): Promise<HubLine> => {
      talk.say({ type: 'FILE_OFFER', fid, filename: 'a.bin', size: content.sizeBytes });
      const offered = await talk.heard('a port', ({ type }) => type === 'FILE_UPLOAD_PORT');
      await sendTo(scope, Number(offered.port), content.slice(Number(offered.offset), content.sizeBytes));
      return talk.heard('what became of it', ({ type }) => type === 'ERROR' || type === 'FILE_AVAILABLE');
    };
    assert.equal((await end()).code, 'cannot-store');
    assert.equal(disk.failed.length, 1);
    assert.equal((await end()).sha256, content.sha256);
  });
});
