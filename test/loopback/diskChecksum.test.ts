import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';

describe('a checksum', () => {
  const scope = useScope();
  const content = new Content(3_000_000);
  const empty = new Content(0);

  for (const algorithm of ['sha256', 'sha1', 'sha512', 'md5']) {
    it(`${algorithm} that matches makes the file verified, an empty one too`, async () => {
      const { origin } = await startHttpServer(scope, {
        '/f.bin': serveFile({ content }),
        '/e.bin': serveFile({ content: empty }),
      });
      const engine = await startInProcessEngine(scope);
      for (const [path, file] of [
        ['/f.bin', content],
        ['/e.bin', empty],
      ] as const) {
        const checksum = `${algorithm}:${file.digest(algorithm).toUpperCase()}`;
        const task = await engine.completed(await engine.add(origin + path, { checksum }));
        await assertDownloaded(task, file);
        assert.ok(task.status.state === 'completed' && task.status.verification === 'verified');
        assert.equal(task.checksum, checksum.toLowerCase());
      }
    });
  }

  it('that does not match fails the task, and the file is kept under a name that warns', async () => {
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const engine = await startInProcessEngine(scope);
    const expected = new Content(10).sha256;
    const id = await engine.add(`${origin}/f.bin`, { checksum: `sha256:${expected}` });
    const error = await engine.failed(id);
    const { targetPath } = engine.tasks.get(id) ?? assert.fail();
    assertPlainError(error, 'checksum-mismatch', expected, content.sha256, `${targetPath}.bad`);
    assert.equal(existsSync(targetPath), false, 'a wrong file never bears the right name');
    assert.equal(await sha256OfFile(`${targetPath}.bad`), content.sha256);
    assert.deepEqual(readdirSync(engine.folder), ['f.bin.bad']);
  });

  it('that does not match a file that was there leaves it, and what another program has beside it', async () => {
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const engine = await startInProcessEngine(scope);
    const [path, part] = [join(engine.folder, 'f.bin'), join(engine.folder, 'f.bin.part')];
    writeFileSync(path, Buffer.alloc(content.sizeBytes));
    writeFileSync(part, 'of another program');
    const checksum = `sha256:${content.sha256}`;
    const id = await engine.add(`${origin}/f.bin`, { checksum, exists: 'skip' });
    assertPlainError(await engine.failed(id), 'checksum-mismatch', path);
    await engine.request('cancel', { id });
    assert.equal(readFileSync(part, 'utf8'), 'of another program');
    assert.ok(readFileSync(path).equals(Buffer.alloc(content.sizeBytes)));
  });

  it('is checked on a file without a length too, and after a pause', async () => {
    const big = new Content(6 << 20);
    const file = { content: big, body: () => ({ bytesPerSecond: 2 << 20 }) };
    const { origin } = await startHttpServer(scope, {
      '/chunked.bin': serveFile({ content, ranges: false, length: 'chunked' }),
      '/big.bin': serveFile(file),
    });
    const engine = await startInProcessEngine(scope);
    const chunked = await engine.completed(
      await engine.add(`${origin}/chunked.bin`, { checksum: `sha256:${content.sha256}` }),
    );
    assert.ok(chunked.status.state === 'completed' && chunked.status.verification === 'verified');
    const id = await engine.add(`${origin}/big.bin`, { checksum: `sha1:${big.digest('sha1')}` });
    await engine.received(id, 1 << 20);
    await engine.request('pause', { id });
    await engine.paused(id);
    await engine.request('resume', { id });
    const task = await engine.completed(id);
    await assertDownloaded(task, big);
    assert.ok(task.status.state === 'completed' && task.status.verification === 'verified');
  });
});
