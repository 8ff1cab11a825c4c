import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { answerStatus } from '../support/servers/answers.ts';
import type { Handler } from '../support/servers/exchange.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';

const MIB = 1 << 20;
const PIECE_BYTES = 256 * 1024;

interface DescribedFile {
  readonly name: string;
  readonly content: Content;
  readonly links: readonly string[];
  readonly pieces?: boolean;
  readonly whole?: boolean;
}

function metalinkOf(...files: readonly DescribedFile[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<metalink xmlns="urn:ietf:params:xml:ns:metalink">${files.map(fileElement).join('')}</metalink>`;
}

function fileElement({ name, content, links, pieces = false, whole = true }: DescribedFile): string {
  const hashes = Array.from({ length: Math.ceil(content.sizeBytes / PIECE_BYTES) }, (_, n) => {
    const piece = content.slice(n * PIECE_BYTES, Math.min(content.sizeBytes, (n + 1) * PIECE_BYTES));
    return `<hash>${createHash('sha256').update(piece).digest('hex')}</hash>`;
  });
  return `<file name="${name}"><size>${content.sizeBytes}</size>
    ${whole ? `<hash type="sha-256">${content.sha256}</hash>` : ''}
    ${pieces ? `<pieces length="${PIECE_BYTES}" type="sha-256">${hashes.join('')}</pieces>` : ''}
    ${links.map((link, n) => `<url priority="${n + 1}">${link}</url>`).join('')}</file>`;
}

function text(body: () => string, type: string): Handler {
  return ({ response }) => {
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body()) }).end(body());
  };
}

/** Right but for one byte in each of some pieces. */
function spoiled(content: Content, offsets: readonly number[]): Content {
  const slice = (start: number, end: number): Buffer => {
    const bytes = Buffer.from(content.slice(start, end));
    for (const offset of offsets)
      if (offset >= start && offset < end) bytes[offset - start] = (bytes[offset - start] ?? 0) ^ 1;
    return bytes;
  };
  return Object.assign(Object.create(content) as Content, { slice });
}

describe('a Metalink', () => {
  const scope = useScope();

  it('names file, mirrors and checksum: the file comes from all of them, verified', async () => {
    const content = new Content(10 * MIB);
    const slow = serveFile({ content, body: () => ({ bytesPerSecond: 4 * MIB }) });
    const mirrors = await Promise.all([1, 2].map(() => startHttpServer(scope, { '/m': slow })));
    const links = ['http://127.0.0.1:1/m', ...mirrors.map(({ origin }) => `${origin}/m`)];
    const server = await startHttpServer(scope, {
      '/f.meta4': text(() => metalinkOf({ name: 'disk/image.iso', content, links }), 'application/metalink4+xml'),
    });
    const engine = await startInProcessEngine(scope);
    const task = await engine.completed(await engine.add(`${server.origin}/f.meta4`));
    await assertDownloaded(task, content);
    assert.equal(task.name, 'image.iso');
    assert.equal(task.checksum, `sha256:${content.sha256}`);
    assert.equal(task.status.state === 'completed' && task.status.verification, 'verified');
    for (const { log } of mirrors) assert.ok(log.bytesSent > MIB, `${log.bytesSent}`);
  });

  it('with several files becomes several tasks', async () => {
    const contents = [1, 2, 3].map((seed) => new Content(MIB + seed, seed));
    const server = await startHttpServer(scope, {});
    for (const [n, content] of contents.entries()) server.routes.set(`/${n}`, serveFile({ content }));
    const files = contents.map((content, n) => ({ name: `${n}.bin`, content, links: [`${server.origin}/${n}`] }));
    server.routes.set(
      '/all.metalink',
      text(() => metalinkOf(...files), 'text/xml'),
    );
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${server.origin}/all.metalink`);
    await engine.completed(id);
    const byName = [...engine.tasks.values()].sort((a, b) => a.name.localeCompare(b.name));
    assert.deepEqual(
      byName.map(({ name, addedBy }) => [name, addedBy]),
      [
        ['0.bin', null],
        ['1.bin', id],
        ['2.bin', id],
      ],
    );
    for (const [n, content] of contents.entries())
      await assertDownloaded(await engine.completed(byName[n]?.id ?? ''), content);
  });

  for (const whole of [true, false]) {
    it(`with piece hashes${whole ? '' : ' alone'}: wrong pieces are fetched from another mirror, and nothing else`, async () => {
      const content = new Content(12 * MIB);
      const body = () => ({ bytesPerSecond: 4 * MIB });
      const wrong = spoiled(content, [100, 5 * MIB, 11 * MIB]);
      const bad = await startHttpServer(scope, { '/m': serveFile({ content: wrong, body }) });
      const good = await startHttpServer(scope, { '/m': serveFile({ content, body }) });
      const links = [`${bad.origin}/m`, `${good.origin}/m`];
      const server = await startHttpServer(scope, {
        '/f.meta4': text(
          () => metalinkOf({ name: 'f.bin', content, links, pieces: true, whole }),
          'application/metalink4+xml',
        ),
      });
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await engine.add(`${server.origin}/f.meta4`));
      await assertDownloaded(task, content);
      assert.equal(task.status.state === 'completed' && task.status.verification, 'verified');
      const sent = bad.log.bytesSent + good.log.bytesSent;
      assert.ok(sent < content.sizeBytes + 4 * MIB, `${sent} bytes were sent for ${content.sizeBytes}`);
    });
  }

  it('whose only mirror has a wrong piece fails with a plain reason', async () => {
    const content = new Content(3 * MIB);
    const bad = await startHttpServer(scope, { '/m': serveFile({ content: spoiled(content, [MIB]) }) });
    const links = [`${bad.origin}/m`];
    const server = await startHttpServer(scope, {
      '/f.meta4': text(() => metalinkOf({ name: 'f.bin', content, links, pieces: true }), 'application/metalink4+xml'),
    });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${server.origin}/f.meta4`);
    assert.equal((await engine.failed(id)).code, 'wrong-content');
    assert.ok(!existsSync(join(engine.folder, 'f.bin')));
  });

  for (const [what, body] of [
    ['no XML', 'hello'],
    ['no Metalink', '<html/>'],
    ['no mirror', metalinkOf({ name: 'f', content: new Content(10), links: ['ftp://x/y'] })],
  ] as const) {
    it(`that is ${what} is refused in plain words`, async () => {
      const server = await startHttpServer(scope, { '/f.meta4': text(() => body, 'application/metalink4+xml') });
      const engine = await startInProcessEngine(scope);
      assert.equal((await engine.failed(await engine.add(`${server.origin}/f.meta4`))).code, 'bad-metalink');
    });
  }

  it('goes on after a restart of the engine, and fetches only the rest', async () => {
    const content = new Content(12 * MIB);
    const file = { content, body: () => ({ bytesPerSecond: 2 * MIB }) };
    const server = await startHttpServer(scope, { '/m': serveFile(file) });
    const links = [`${server.origin}/m`];
    server.routes.set(
      '/f.meta4',
      text(() => metalinkOf({ name: 'f.bin', content, links, pieces: true }), 'application/metalink4+xml'),
    );
    const first = await startInProcessEngine(scope);
    const id = await first.add(`${server.origin}/f.meta4`);
    await first.received(id, 5 * MIB);
    await first.close();
    await server.log.quiet();
    const again = await startInProcessEngine(scope, { stateFolder: first.stateFolder, folder: first.folder });
    await assertDownloaded(await again.completed(id), content);
    assert.ok(server.log.bytesSent < content.sizeBytes + 5 * MIB, `${server.log.bytesSent}`);
  });

  it('that a Link header points to brings checksum, pieces and mirrors', async () => {
    const content = new Content(8 * MIB);
    const body = () => ({ bytesPerSecond: 2 * MIB });
    const mirror = await startHttpServer(scope, { '/m': serveFile({ content, body }) });
    const server = await startHttpServer(scope, {
      '/f.bin': serveFile({
        content,
        body,
        headers: { Link: '</f.meta4>; rel=describedby; type="application/metalink4+xml"' },
      }),
      '/f.meta4': text(
        () => metalinkOf({ name: 'f.bin', content, links: [`${mirror.origin}/m`], pieces: true }),
        'application/metalink4+xml',
      ),
    });
    const engine = await startInProcessEngine(scope);
    const task = await engine.completed(await engine.add(`${server.origin}/f.bin`));
    await assertDownloaded(task, content);
    assert.equal(task.status.state === 'completed' && task.status.verification, 'verified');
    assert.ok(mirror.log.bytesSent > MIB, `${mirror.log.bytesSent}`);
  });
});

describe('a checksum that a server offers', () => {
  const scope = useScope();
  const content = new Content(3 * MIB, 5);
  const base64 = Buffer.from(content.sha256, 'hex').toString('base64');

  for (const [name, value] of [
    ['Repr-Digest', `sha-256=:${base64}:`],
    ['Digest', `SHA-256=${base64}`],
  ] as const) {
    it(`as ${name} makes the file verified, or tells that it is wrong`, async () => {
      const server = await startHttpServer(scope, {
        '/f.bin': serveFile({ content, headers: { [name]: value } }),
        '/wrong.bin': serveFile({ content: new Content(3 * MIB, 6), headers: { [name]: value } }),
      });
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await engine.add(`${server.origin}/f.bin`));
      assert.equal(task.status.state === 'completed' && task.status.verification, 'verified');
      assert.equal((await engine.failed(await engine.add(`${server.origin}/wrong.bin`))).code, 'checksum-mismatch');
    });
  }

  it('lets mirrors of a Link header take part; without one they do not', async () => {
    const body = () => ({ bytesPerSecond: MIB });
    const mirror = await startHttpServer(scope, { '/m': serveFile({ content, body }) });
    const Link = `<${mirror.origin}/m>; rel=duplicate; pri=1`;
    const server = await startHttpServer(scope, {
      '/vouched.bin': serveFile({ content, body, headers: { Link, 'Repr-Digest': `sha-256=:${base64}:` } }),
      '/alone.bin': serveFile({ content, body, headers: { Link } }),
    });
    const engine = await startInProcessEngine(scope);
    await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/alone.bin`)), content);
    assert.equal(mirror.log.requests.length, 0, 'two hosts were mixed');
    await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/vouched.bin`)), content);
    assert.ok(mirror.log.requests.length > 0);
  });

  for (const [path, body] of [
    ['/d/f.bin.sha256', `${content.sha256}\n`],
    ['/d/SHA256SUMS', `${'0'.repeat(64)}  other.bin\n${content.sha256} *f.bin\n`],
  ] as const) {
    it(`in ${path} beside the file is used when the user asks for that`, async () => {
      const server = await startHttpServer(scope, {
        '/d/f.bin': serveFile({ content }),
        [path]: text(() => body, 'text/plain'),
      });
      const engine = await startInProcessEngine(scope);
      const plain = await engine.completed(await engine.add(`${server.origin}/d/f.bin`));
      assert.equal(plain.status.state === 'completed' && plain.status.verification, 'size-only');
      const asked = await engine.completed(await engine.add(`${server.origin}/d/f.bin`, { findChecksum: true }));
      assert.equal(asked.status.state === 'completed' && asked.status.verification, 'verified');
      server.routes.set(path, answerStatus(500));
      const without = await engine.completed(await engine.add(`${server.origin}/d/f.bin`, { findChecksum: true }));
      assert.equal(without.status.state === 'completed' && without.status.verification, 'size-only');
    });
  }
});
