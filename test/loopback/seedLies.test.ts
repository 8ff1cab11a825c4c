import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../src/contract/errors.ts';
import { DEFAULT_SEED_SETTINGS } from '../../src/contract/seedApi.ts';
import type { TaskSnapshot } from '../../src/contract/task.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { type InProcessEngine, startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { type FastSeed, type FastSeedFile, startFastSeed } from '../support/seeds/fastSeed.ts';
import { openSharing } from '../support/seeds/openSharing.ts';
import { type PythonSeed, startPythonSeed } from '../support/seeds/pythonSeed.ts';
import { Gate } from '../support/servers/gate.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { whyNoPython } from '../support/servers/pythonServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { forSeeds } from '../unit/engine/seededRandom.ts';

const KIB = 1024;
const MIB = KIB * KIB;

/** Other bytes there, in whatever part of it is asked for. @param isWrong asked each time. @default always */
function spoiled(content: Content, from: number, to: number, isWrong: () => boolean = () => true): Content {
  const slice = (start: number, end: number): Buffer => {
    const bytes = Buffer.from(content.slice(start, end));
    const last = Math.min(to, start + bytes.length);
    if (from >= last || to <= start || !isWrong()) return bytes;
    for (let at = Math.max(from, start); at < last; at++) bytes[at - start] = (bytes[at - start] ?? 0) ^ 0xff;
    return bytes;
  };
  return Object.assign(Object.create(content) as Content, { slice });
}

describe('a file of which seeds say different things', () => {
  const scope = useScope();
  const right = new Content(6 * MIB, 1);
  const garbage = new Content(6 * MIB, 2);
  /** So slow that everybody has a part in it. */
  const body = () => ({ bytesPerSecond: 4 * MIB });

  async function addAll(engine: InProcessEngine, seeds: readonly { readonly port: number }[]): Promise<string> {
    await engine.request('configureSeeds', { ...DEFAULT_SEED_SETTINGS, ports: seeds.map(({ port }) => port) });
    return engine.add('seed:///f.bin');
  }

  function startAll(...files: readonly FastSeedFile[]): Promise<FastSeed[]> {
    return Promise.all(files.map((file) => startFastSeed(scope, file)));
  }

  function folderWith(content: Content): string {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'f.bin'), content.slice(0, content.sizeBytes));
    return folder;
  }

  function codesOf(task: TaskSnapshot): (ErrorCode | null)[] {
    return task.sources.slice(1).map(({ error }) => error?.code ?? null);
  }

  function verificationOf({ status }: TaskSnapshot): string | false {
    return status.state === 'completed' && status.verification;
  }

  function reasonsOf(task: TaskSnapshot): (string | number | null)[] {
    return task.sources.slice(1).map(({ error }) => error?.args.reason ?? null);
  }

  describe('while their digests are not known', () => {
    it('comes from one seed only, when two have just begun to share another file of the same size each', async () => {
      const seeds = await Promise.all([right, garbage].map((content) => openSharing(scope, [folderWith(content)])));
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await addAll(engine, seeds));
      await assertDownloaded(task, right);
      // On a machine that is busy, hashing may take longer than the download waits for.
      const [first, second] = reasonsOf(task);
      assert.equal(first, null);
      assert.match(String(second), /another digest|digest of its file is not known yet/);
    });

    it('comes from one seed only, when none ever tells one', async () => {
      const files = [right, garbage].map((content) => ({ content, sha256: null, body }));
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await addAll(engine, await startAll(...files)));
      await assertDownloaded(task, right);
      assert.equal(verificationOf(task), 'size-only');
      assert.deepEqual(reasonsOf(task), [null, 'the digest of its file is not known yet']);
    });

    it('is not mixed either when both are named one by one', async () => {
      const files = [right, garbage].map((content) => ({ content, sha256: null, body }));
      const [first, second] = await startAll(...files);
      assert.ok(first !== undefined && second !== undefined);
      const engine = await startInProcessEngine(scope);
      await assertDownloaded(
        await engine.completed(await engine.add(first.address, { mirrors: [second.address] })),
        right,
      );
      assert.equal(second.log.to('/files/f.bin').reduce((sum, { bytesSent }) => sum + bytesSent, 0) <= 1, true);
    });

    it('comes from both as soon as both tell the same', async () => {
      const files: FastSeedFile[] = [0, 1].map(() => ({
        content: right,
        sha256: null,
        body: () => ({ bytesPerSecond: 768 * KIB }),
      }));
      const [first, second] = await startAll(...files);
      assert.ok(first !== undefined && second !== undefined);
      const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 2 } });
      const id = await engine.add(first.address, { mirrors: [second.address] });
      await engine.received(id, MIB / 2);
      for (const file of files) file.sha256 = right.sha256;
      const task = await engine.completed(id);
      await assertDownloaded(task, right);
      assert.equal(verificationOf(task), 'verified');
      assert.ok(second.log.bytesSent > MIB / 4, `${second.log.bytesSent}`);
    });

    it('is compared in the end with a digest that has become known meanwhile', async () => {
      const file: FastSeedFile = { content: garbage, sha256: null, body };
      const [seed] = await startAll(file);
      assert.ok(seed !== undefined);
      const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 1 } });
      const id = await engine.add(seed.address);
      await engine.received(id, MIB);
      file.sha256 = right.sha256;
      assert.equal((await engine.failed(id)).code, 'checksum-mismatch');
    });
  });

  describe('when a seed lies about its pieces', () => {
    const honest: FastSeedFile = { content: right, body };

    it('is right though the pieces that a liar tells are those of its garbage', async () => {
      const seeds = await startAll({ content: garbage, sha256: right.sha256, body }, honest, honest);
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await addAll(engine, seeds));
      await assertDownloaded(task, right);
      assert.equal(verificationOf(task), 'verified');
      assert.deepEqual(codesOf(task), ['wrong-content', null, null]);
    });

    it('is right though the liar is twice as many as the honest one', async () => {
      const liar: FastSeedFile = { content: garbage, sha256: right.sha256, body };
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await addAll(engine, await startAll(liar, liar, honest)));
      await assertDownloaded(task, right);
      assert.equal(verificationOf(task), 'verified');
    });

    it('fails when the liar is alone', async () => {
      const engine = await startInProcessEngine(scope);
      const seeds = await startAll({ content: garbage, sha256: right.sha256, body });
      assert.equal((await engine.failed(await addAll(engine, seeds))).code, 'checksum-mismatch');
    });

    for (const position of [0, 1, 2]) {
      it(`is right though the pieces of seed ${position} are wrong, and does without that one`, async () => {
        const files = [0, 1, 2].map((n): FastSeedFile => ({ ...honest, pieces: n === position ? garbage : right }));
        const engine = await startInProcessEngine(scope);
        const task = await engine.completed(await addAll(engine, await startAll(...files)));
        await assertDownloaded(task, right);
        assert.equal(verificationOf(task), 'verified');
        for (const [n, code] of codesOf(task).entries()) assert.ok(code === null || n === position, `${n}: ${code}`);
      });
    }

    it('is right though the only seed tells wrong pieces', async () => {
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await addAll(engine, await startAll({ ...honest, pieces: garbage })));
      await assertDownloaded(task, right);
      assert.equal(verificationOf(task), 'verified');
    });

    it('fetches nothing but the wrong piece again from the only seed', async () => {
      // What has gone wrong on the way once does not the second time.
      let times = 0;
      const wrongOnce = spoiled(right, 3 * MIB, 3 * MIB + 1, () => times++ === 0);
      const [seed] = await startAll({ content: wrongOnce, sha256: right.sha256, pieces: right, body });
      assert.ok(seed !== undefined);
      const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 1 } });
      await assertDownloaded(await engine.completed(await engine.add(seed.address)), right);
      assert.ok(times >= 2, 'it was not asked for again');
      assert.ok(seed.log.bytesSent < 8 * MIB, `${seed.log.bytesSent}`);
    });
  });

  it('is right as long as one of its seeds is honest, whatever the others give and tell', async () => {
    const content = new Content(1536 * KIB, 1);
    await forSeeds(20, async (random) => {
      const honest = random.between(0, 3);
      const files = [0, 1, 2, 3].slice(0, random.between(honest + 1, 4)).map((n): FastSeedFile => {
        if (n === honest) return { content, body: () => ({ bytesPerSecond: 8 * MIB }) };
        const start = random.between(0, content.sizeBytes - 1);
        const end = random.chance(0.5) ? content.sizeBytes : start + random.between(1, 1000);
        const given = random.chance(0.3) ? content : spoiled(content, start, end);
        const pieces = random.pick([content, given, new Content(content.sizeBytes, 3), null]);
        const resetAfterBytes = random.between(1, 2 * MIB);
        const fails = random.chance(0.2);
        return { content: given, sha256: content.sha256, pieces, body: () => (fails ? { resetAfterBytes } : {}) };
      });
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await addAll(engine, await startAll(...files)));
      await assertDownloaded(task, content);
      assert.equal(verificationOf(task), 'verified');
      await engine.close();
    });
  });

  describe('when only a mirror tells a digest', () => {
    before(function () {
      skipBecause(this, whyNoPython());
    });

    it('is right though the server that leads sends something else', async () => {
      const [seed] = await startAll({ content: right, body });
      const http = await startHttpServer(scope, { '/f.bin': serveFile({ content: garbage, body }) });
      const engine = await startInProcessEngine(scope);
      const id = await engine.add(`${http.origin}/f.bin`, { mirrors: [seed?.address ?? ''] });
      const task = await engine.completed(id);
      await assertDownloaded(task, right);
      assert.equal(verificationOf(task), 'verified');
      assert.equal(task.checksum, `sha256:${right.sha256}`);
    });

    it('is right though the classic seed that leads sends something else', async () => {
      const small = new Content(64 * KIB, 1);
      const lying = await startPythonSeed(scope, folderWith(small), { download: 'wrong' });
      const [seed] = await startAll({ content: small });
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await engine.add(lying.address('f.bin'), { mirrors: [seed?.address ?? ''] }));
      await assertDownloaded(task, small);
      assert.equal(verificationOf(task), 'verified');
    });

    it('does without a mirror that tells another one', async () => {
      const seeds = await startAll({ content: right, body }, { content: garbage, body });
      const http = await startHttpServer(scope, { '/f.bin': serveFile({ content: right, body }) });
      const engine = await startInProcessEngine(scope);
      const id = await engine.add(`${http.origin}/f.bin`, { mirrors: seeds.map(({ address }) => address) });
      const task = await engine.completed(id);
      await assertDownloaded(task, right);
      assert.deepEqual(reasonsOf(task), [null, 'its file has another digest']);
    });
  });

  describe('when a seed lies about the size', () => {
    before(function () {
      skipBecause(this, whyNoPython());
    });

    const small = new Content(32 * KIB, 1);

    it('comes from the honest one when the liar was asked first and gives out, and nothing of the liar is kept', async () => {
      const liar = await startPythonSeed(scope, folderWith(small), { size: small.sizeBytes + 100 });
      const honest = await startPythonSeed(scope, folderWith(small));
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await addAll(engine, [liar, honest]));
      await assertDownloaded(task, small);
      assert.deepEqual(codesOf(task), ['seed-protocol', null]);
      assert.deepEqual(readdirSync(engine.folder), ['f.bin']);
    });

    it('comes from the honest one when the liar lists another size than it serves', async () => {
      const seeds = await startAll(
        { content: right, sizeBytes: right.sizeBytes + 1, sha256: null },
        { content: right },
      );
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await addAll(engine, seeds));
      await assertDownloaded(task, right);
      assert.deepEqual(codesOf(task), ['seed-protocol', null]);
    });

    it('comes from the next ones when the first tell a digest that their bytes do not have', async () => {
      const longer = new Content(7 * MIB, 3);
      const seeds = await startAll({ content: longer, sha256: garbage.sha256 }, { content: right });
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await addAll(engine, seeds));
      await assertDownloaded(task, right);
      assert.deepEqual(readdirSync(engine.folder), ['f.bin'], 'no bad file');
    });

    it('tells which seeds are left out for that', async () => {
      const other = new Content(33 * KIB, 2);
      const seeds: PythonSeed[] = [];
      for (const content of [small, other, small]) seeds.push(await startPythonSeed(scope, folderWith(content)));
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await addAll(engine, seeds));
      await assertDownloaded(task, small);
      const at = task.sources.findIndex(({ address }) => address === seeds[1]?.address('f.bin'));
      assert.equal(task.sources[at]?.error?.args.reason, 'its file has another size');
    });

    it('goes on with the file that it has begun', async () => {
      const longer = new Content(8 * MIB, 3);
      const seeds = await startAll({ content: longer }, { content: right, body: () => ({ bytesPerSecond: 2 * MIB }) });
      const first = await startInProcessEngine(scope, { settings: { lanesPerTask: 1 } });
      const ports = seeds.map(({ port }) => port);
      await first.request('configureSeeds', { ...DEFAULT_SEED_SETTINGS, ports: ports.slice(1) });
      await first.received(await first.add('seed:///f.bin'), 2 * MIB);
      await first.close();
      const engine = await startInProcessEngine(scope, { folder: first.folder });
      const before = seeds[1]?.log.bytesSent ?? 0;
      await assertDownloaded(await engine.completed(await addAll(engine, seeds)), right);
      assert.deepEqual(readdirSync(engine.folder), ['f.bin']);
      assert.ok((seeds[1]?.log.bytesSent ?? 0) - before < 5 * MIB);
    });
  });

  it('is right though another seed had begun it with other bytes, and the only one now tells nothing but the digest', async () => {
    const wrong = spoiled(right, 0, 10);
    const [first, second] = await startAll(
      { content: wrong, sha256: null, pieces: null, body, etag: '"other"' },
      { content: right, pieces: null, body },
    );
    assert.ok(first !== undefined && second !== undefined);
    const begins = await startInProcessEngine(scope, { settings: { lanesPerTask: 1 } });
    await begins.received(await addAll(begins, [first]), 2 * MIB);
    await begins.close();
    const engine = await startInProcessEngine(scope, { folder: begins.folder });
    const task = await engine.completed(await addAll(engine, [second]));
    await assertDownloaded(task, right);
    assert.equal(verificationOf(task), 'verified');
    assert.deepEqual(readdirSync(engine.folder), ['f.bin']);
    // A sample, what was missing, and then what the other one gave: no byte of the file twice.
    assert.ok(second.log.bytesSent < right.sizeBytes + MIB);
  });

  it('small and wrong waits for those who have not answered yet before it is given up', async () => {
    const small = new Content(16 * KIB, 1);
    const gate = new Gate();
    const [liar, good] = await startAll(
      { content: new Content(16 * KIB, 2), sha256: small.sha256 },
      { content: small },
    );
    assert.ok(liar !== undefined && good !== undefined);
    good.routes.set('/files/f.bin', gate.before(serveFile({ content: small })));
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(liar.address, { mirrors: [good.address] });
    await engine.until(
      id,
      'to be compared',
      ({ status }) => status.state !== 'queued' && (status.state !== 'active' || status.phase === 'verifying'),
    );
    gate.open();
    await assertDownloaded(await engine.completed(id), small);
  });
});
