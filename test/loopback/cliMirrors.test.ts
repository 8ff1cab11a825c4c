import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from '../support/content.ts';
import { useScope } from '../support/scope.ts';
import { answerStatus } from '../support/servers/answers.ts';
import type { Handler } from '../support/servers/exchange.ts';
import { type HttpServer, startHttpServer } from '../support/servers/httpServer.ts';
import { startNginx, whyNoNginx } from '../support/servers/nginx.ts';
import { type ServedFile, serveFile } from '../support/servers/serveFile.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { CliFixture, hasReceived, jsonLines } from './cliFixture.ts';

const MIB = 1 << 20;
/** Nobody listens there. */
const DEAD = 'http://127.0.0.1:1/f.bin';

describe('tributary get with mirrors', () => {
  const scope = useScope();
  const content = new Content(12 * MIB, 21);
  let cli: CliFixture;
  beforeEach(() => {
    cli = new CliFixture(scope);
  });

  function serve(file: Partial<ServedFile> = {}): Promise<HttpServer> {
    return startHttpServer(scope, { '/f.bin': serveFile({ content, ...file }) });
  }

  /** Slow enough that another source is worth its while. */
  const slow = { body: () => ({ bytesPerSecond: 2 * MIB }) };

  it('fetches from both of two servers', async function () {
    skipBecause(this, whyNoNginx());
    const servers = [];
    for (let n = 0; n < 2; n++) {
      const nginx = await startNginx(scope, { bytesPerSecondPerConnection: MIB });
      writeFileSync(join(nginx.folder, 'f.bin'), content.slice(0, content.sizeBytes));
      servers.push(nginx);
    }
    const [first, second] = servers;
    assert.ok(first !== undefined && second !== undefined);
    const got = await cli.run(['get', `${first.origin}/f.bin`, '-m', `${second.origin}/f.bin`]);
    assert.deepEqual(got, { exitCode: 0, stdout: `${cli.path('f.bin')}\n`, stderr: '' });
    assert.equal(await sha256OfFile(cli.path('f.bin')), content.sha256);
    for (const nginx of servers) {
      const bodyBytes = nginx.accessLog().reduce((sum, line) => sum + Number(line.split(' ')[3]), 0);
      assert.ok(bodyBytes > MIB, `${nginx.origin} sent ${bodyBytes} bytes`);
    }
  });

  it('warns of a dead mirror and of one with another size, and completes without them', async () => {
    const [good, other] = await Promise.all([serve(slow), serve({ content: new Content(5 * MIB, 22) })]);
    const args = ['get', `${good.origin}/f.bin`, '-m', DEAD, '-m', `${other.origin}/f.bin?key=s3cret`];
    const { exitCode, stdout, stderr } = await cli.run(args);
    assert.deepEqual([exitCode, stdout], [0, `${cli.path('f.bin')}\n`]);
    assert.equal(await sha256OfFile(cli.path('f.bin')), content.sha256);
    const lines = stderr.trimEnd().split('\n').sort();
    assert.equal(lines.length, 2, stderr);
    assert.ok(lines.every((line) => line.startsWith('tributary: warning: http://127.0.0.1:')));
    assert.match(stderr, /:1\/f\.bin is not used: 127\.0\.0\.1:1 refused the connection/);
    assert.match(stderr, /\/f\.bin is not used: \S+ is not used as a mirror: its file has another size/);
    assert.ok(!stderr.includes('s3cret'));
  });

  it('is silent about them with -q', async () => {
    const good = await serve(slow);
    const got = await cli.run(['get', '-q', `${good.origin}/f.bin`, '-m', DEAD]);
    assert.deepEqual(got, { exitCode: 0, stdout: '', stderr: '' });
  });

  it('--json lists the sources, with the reason of those that are not used', async () => {
    const [first, other] = await Promise.all([serve(slow), serve({ content: new Content(5 * MIB, 22) })]);
    const { stdout } = await cli.run(['get', '--json', `${first.origin}/f.bin`, '-m', `${other.origin}/f.bin`]);
    const last = jsonLines(stdout).at(-1);
    assert.equal(last?.state, 'completed');
    const host = new URL(other.origin).host;
    const message = `${host} is not used as a mirror: its file has another size.`;
    assert.deepEqual(last?.sources, [
      { address: `${first.origin}/f.bin` },
      { address: `${other.origin}/f.bin`, error: { code: 'mirror-unfit', message } },
    ]);
  });

  it('goes on with the mirror when the address itself fails', async () => {
    const [first, mirror] = await Promise.all([
      startHttpServer(scope, { '/f.bin': answerStatus(404) }),
      serve({ body: () => ({ bytesPerSecond: 4 * MIB }) }),
    ]);
    const { exitCode, stderr } = await cli.run(['get', `${first.origin}/f.bin`, '-m', `${mirror.origin}/f.bin`]);
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /^tributary: warning: \S+ is not used: The file is not on [^\n]+\n$/);
    assert.equal(await sha256OfFile(cli.path('f.bin')), content.sha256);
  });

  const goneAtFirst = (): Promise<HttpServer> => startHttpServer(scope, { '/f.bin': answerStatus(404) });
  const ofAnotherFile = (): Promise<HttpServer> => serve({ content: new Content(3 * MIB, 24) });
  for (const [what, startFirst] of [
    ['was away', goneAtFirst],
    ['has another file than the checksum tells', ofAnotherFile],
  ] as const) {
    it(`the same command goes on with what the mirror has given when the address ${what}`, async () => {
      const file: ServedFile = { content, etag: '"of the mirror"', body: () => ({ bytesPerSecond: MIB / 2 }) };
      const [first, mirror] = await Promise.all([startFirst(), startHttpServer(scope, { '/f.bin': serveFile(file) })]);
      const checksum = `sha256:${content.sha256}`;
      const args = ['get', '--json', `${first.origin}/f.bin`, '-m', `${mirror.origin}/f.bin`, '--checksum', checksum];
      const running = cli.start(args);
      await running.line(
        'some megabytes of it',
        (line) => line.size === content.sizeBytes && hasReceived(4 * MIB)(line),
      );
      running.signal('SIGINT');
      assert.equal((await running.result).exitCode, 130);
      delete file.body;
      if (startFirst === goneAtFirst) first.routes.set('/f.bin', serveFile({ content }));
      const { exitCode, stderr } = await cli.run(args);
      assert.equal(exitCode, 0, stderr);
      assert.equal(await sha256OfFile(cli.path('f.bin')), content.sha256);
      // A second one would have been begun beside a part that cannot be gone on with.
      assert.deepEqual(cli.files(), ['f.bin']);
    });
  }

  it('fails with one line and the reason of the address when no source has the file', async () => {
    const servers = await Promise.all([403, 404].map((status) => serveStatus(status)));
    const [first, mirror] = servers.map(({ origin }) => `${origin}/f.bin`);
    const { exitCode, stderr } = await cli.run(['get', String(first), '-m', String(mirror)]);
    assert.equal(exitCode, 3);
    const errors = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('tributary: warning: '));
    assert.match(errors.join('\n'), /^tributary: \S+\/f\.bin: \S+ does not allow this download \(HTTP 403\)\.$/);
  });

  it('never completes with the bytes of a mirror that has another file of the same size', async () => {
    const [first, wrong] = await Promise.all([serve(slow), serve({ content: new Content(content.sizeBytes, 23) })]);
    const args = ['get', '--json', '--checksum', `sha256:${content.sha256}`, `${first.origin}/f.bin`];
    const { exitCode, stdout, stderr } = await cli.run([...args, '-m', `${wrong.origin}/f.bin`]);
    assert.equal(exitCode, 0, stderr);
    assert.equal(jsonLines(stdout).at(-1)?.verification, 'verified');
    assert.equal(await sha256OfFile(cli.path('f.bin')), content.sha256);
  });

  it('looks at every mirror before the first byte', async () => {
    const first = await serve();
    const { exitCode, stderr } = await cli.run(['get', `${first.origin}/f.bin`, '-m', 'ftp://h/f.bin']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /"ftp:"/);
    assert.deepEqual([first.log.requests.length, cli.files()], [0, []]);
  });

  function serveStatus(status: number): Promise<HttpServer> {
    return startHttpServer(scope, { '/f.bin': answerStatus(status) });
  }
});

describe('tributary get of a Metalink', () => {
  const scope = useScope();
  const one = new Content(3 * MIB, 31);
  const two = new Content(2 * MIB, 32);
  let cli: CliFixture;
  let server: HttpServer;

  beforeEach(async () => {
    cli = new CliFixture(scope);
    server = await startHttpServer(scope, {
      '/one.bin': serveFile({ content: one }),
      '/two.bin': serveFile({ content: two }),
    });
    server.routes.set('/all.meta4', metalinkOf([one, 'one.bin'], [two, 'two.bin']));
  });

  function metalinkOf(...files: readonly (readonly [Content, string])[]): Handler {
    const entries = files.map(
      ([content, name]) =>
        `<file name="${name}"><size>${content.sizeBytes}</size><hash type="sha-256">${content.sha256}</hash>` +
        `<url>${server.origin}/${name}</url></file>`,
    );
    const text = `<metalink xmlns="urn:ietf:params:xml:ns:metalink">${entries.join('')}</metalink>`;
    return ({ response }) => void response.writeHead(200, { 'Content-Type': 'application/metalink4+xml' }).end(text);
  }

  it('waits for all of its files and verifies each', async () => {
    const { exitCode, stdout, stderr } = await cli.run(['get', '--json', `${server.origin}/all.meta4`]);
    assert.deepEqual([exitCode, stderr], [0, '']);
    const lines = jsonLines(stdout);
    const completed = lines.filter(({ state }) => state === 'completed');
    assert.deepEqual(completed.map(({ name, verification }) => `${name} ${verification}`).sort(), [
      'one.bin verified',
      'two.bin verified',
    ]);
    assert.equal(lines.at(-1)?.state, 'completed');
    assert.equal(await sha256OfFile(cli.path('one.bin')), one.sha256);
    assert.equal(await sha256OfFile(cli.path('two.bin')), two.sha256);
  });

  it('prints the path of each, -o is for the first, and waits for those that are queued', async () => {
    const { exitCode, stdout } = await cli.run(['get', '-j', '1', '-o', 'mine.bin', `${server.origin}/all.meta4`]);
    assert.deepEqual([exitCode, stdout], [0, `${cli.path('mine.bin')}\n${cli.path('two.bin')}\n`]);
  });

  it('fails when one of them fails, and says which', async () => {
    server.routes.set('/two.bin', answerStatus(404));
    const { exitCode, stdout, stderr } = await cli.run(['get', `${server.origin}/all.meta4`]);
    assert.deepEqual([exitCode, stdout], [3, `${cli.path('one.bin')}\n`]);
    assert.match(stderr, /^tributary: \S+\/all\.meta4 \(two\.bin\): The file is not on [^\n]+\n$/);
  });

  it('does not take a mirror of the first for one of the others', async () => {
    const mirror = await startHttpServer(scope, { '/one.bin': serveFile({ content: one }) });
    const args = ['get', `${server.origin}/all.meta4`, '-m', `${mirror.origin}/one.bin`];
    const { exitCode, stderr } = await cli.run(args);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.equal(await sha256OfFile(cli.path('two.bin')), two.sha256);
  });
});

describe('tributary get --checksum auto', () => {
  const scope = useScope();
  const content = new Content(MIB, 41);
  let cli: CliFixture;
  let server: HttpServer;
  beforeEach(async () => {
    cli = new CliFixture(scope);
    server = await startHttpServer(scope, { '/d/f.bin': serveFile({ content }) });
  });

  function serveList(text: string): void {
    server.routes.set('/d/SHA256SUMS', ({ response }) => {
      response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': String(text.length) }).end(text);
    });
  }

  it('verifies with the SHA256SUMS beside the file', async () => {
    serveList(`${'0'.repeat(64)}  other.bin\n${content.sha256}  f.bin\n`);
    const { exitCode, stdout, stderr } = await cli.run([
      'get',
      '--json',
      '--checksum',
      'auto',
      `${server.origin}/d/f.bin`,
    ]);
    assert.deepEqual([exitCode, stderr], [0, '']);
    const last = jsonLines(stdout).at(-1);
    assert.deepEqual([last?.verification, last?.checksum], ['verified', `sha256:${content.sha256}`]);
  });

  it('fails with 4 when that says otherwise', async () => {
    serveList(`${'0'.repeat(64)}  f.bin\n`);
    const { exitCode, stdout } = await cli.run(['get', '--checksum', 'auto', `${server.origin}/d/f.bin`]);
    assert.deepEqual([exitCode, stdout], [4, '']);
    assert.ok(!existsSync(cli.path('f.bin')));
  });

  it('warns when there is none', async () => {
    const { exitCode, stderr } = await cli.run(['get', '--checksum', 'auto', `${server.origin}/d/f.bin`]);
    assert.equal(exitCode, 0);
    assert.match(stderr, /^tributary: warning: \S+\/d\/f\.bin: no checksum was found; only the size was compared\n$/);
  });

  it('is not done unasked', async () => {
    await cli.run(['get', `${server.origin}/d/f.bin`]);
    assert.deepEqual([...new Set(server.log.requests.map(({ target }) => target))], ['/d/f.bin']);
  });
});
