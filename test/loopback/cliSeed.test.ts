import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { Content } from '../support/content.ts';
import { freePort } from '../support/freePort.ts';
import { startCli } from '../support/runCli.ts';
import { useScope } from '../support/scope.ts';
import { startPythonSeed } from '../support/seeds/pythonSeed.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';
import { CliFixture, hasReceived, jsonLines, type RunningCli } from './cliFixture.ts';

const DIST = join(import.meta.dirname, '../../dist');
const MIB = 1 << 20;

describe('tributary seed and peers', () => {
  const scope = useScope();

  interface RunningSeed extends RunningCli {
    readonly port: number;
    readonly stdout: () => string;
  }

  async function startSeed(cli: CliFixture, ...more: readonly string[]): Promise<RunningSeed> {
    const port = await freePort();
    const running = cli.start(['seed', 'offered', '--port', String(port), ...more]);
    let stdout = '';
    running.child.stdout?.on('data', (text: string) => {
      stdout += text;
    });
    await waitFor('the seed to be ready', () => {
      if (running.child.exitCode !== null) throw new Error('it has ended');
      return stdout.includes('\n');
    });
    return { ...running, port, stdout: () => stdout };
  }

  function fixture(files: Readonly<Record<string, Buffer | string>>): CliFixture {
    const cli = new CliFixture(scope);
    mkdirSync(cli.path('offered'));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(cli.path('offered'), name), bytes);
    return cli;
  }

  it('serves a folder, tells where, and ends cleanly on a signal', async () => {
    const cli = fixture({ 'a file.txt': 'hello', b: '' });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const seed = await startSeed(cli);
      assert.equal(seed.stdout(), `listening on 127.0.0.1:${seed.port}\n`);
      assert.equal(await (await fetch(`http://127.0.0.1:${seed.port}/files/a%20file.txt`)).text(), 'hello');
      const beganMs = performance.now();
      seed.signal(signal);
      const result = await seed.result;
      assert.deepEqual([result.exitCode, result.stderr], [0, ''], signal);
      assert.ok(performance.now() - beganMs < 1000);
    }
  });

  it('does not tell of a file that it may not read', async function () {
    const uid = 54_321;
    const mayRun = process.getuid?.() === 0 && spawnSync('test', ['-r', join(DIST, 'cli.js')], { uid }).status === 0;
    if (!mayRun) return skipBecause(this, 'only root runs as somebody else, who must be able to read dist/');
    const cwd = tempFolder(scope);
    chownSync(cwd, uid, uid);
    for (const [name, mode] of [
      ['of all', 0o644],
      ['of nobody', 0],
      ['of root', 0o600],
    ] as const)
      writeFileSync(join(cwd, name), name, { mode });
    symlinkSync('of root', join(cwd, 'leads to it'));
    const env = { HOME: cwd, XDG_DATA_HOME: join(cwd, '.data'), TMPDIR: cwd };
    const { child } = startCli(scope, ['seed', '.', '--port', '0'], { cwd, uid, env });
    const [line] = (await once(child.stdout ?? child, 'data')) as [string];
    const port = /:(\d+)\n$/.exec(line)?.[1];
    const listed = (await (await fetch(`http://127.0.0.1:${port}/files`)).json()) as { name: string }[];
    assert.deepEqual(
      listed.map(({ name }) => name),
      ['of all'],
    );
  });

  it('get fetches from it by both addresses, as a mirror too, and sees to the digest', async () => {
    const content = new Content(6 * MIB);
    const cli = fixture({ 'big.bin': content.slice(0, content.sizeBytes) });
    const seeds = [await startSeed(cli), await startSeed(cli)];
    const ports = seeds.map(({ port }) => port).join(',');
    const peers = await waitFor('its digest', async () => {
      const { stdout } = await cli.run(['peers', '--ports', ports, '--json']);
      const lines = jsonLines(stdout);
      return lines.some(({ type, sha256 }) => type === 'file' && sha256 === content.sha256) && lines;
    });
    assert.deepEqual(peers.at(-1), {
      type: 'file',
      name: 'big.bin',
      size: content.sizeBytes,
      sha256: content.sha256,
      seeds: seeds.map(({ port }) => `seed://127.0.0.1:${port}/big.bin`),
    });
    const all = await cli.run(['get', 'seed:///big.bin', '--ports', ports, '--json', '-o', 'all.bin']);
    const last = jsonLines(all.stdout).at(-1);
    assert.deepEqual([all.exitCode, last?.state, last?.verification], [0, 'completed', 'verified'], all.stderr);
    const one = await cli.run(['get', `seed://127.0.0.1:${seeds[0]?.port}/big.bin`, '-o', 'one.bin']);
    assert.deepEqual([one.exitCode, one.stdout], [0, `${cli.path('one.bin')}\n`], one.stderr);
    const http = await startHttpServer(scope, {
      '/f': serveFile({ content, body: () => ({ bytesPerSecond: MIB }) }),
    });
    const mirror = ['-m', 'seed:///big.bin', '--ports', ports, '-o', 'mirrored.bin'];
    const mixed = await cli.run(['get', `${http.origin}/f`, ...mirror]);
    assert.equal(mixed.exitCode, 0, mixed.stderr);
    for (const name of ['all.bin', 'one.bin', 'mirrored.bin'])
      assert.equal(await sha256OfFile(cli.path(name)), content.sha256, name);
    assert.ok(http.log.bytesSent < content.sizeBytes);
  });

  it('peers shows one line for each file, and nothing where there is no seed', async () => {
    const cli = fixture({ 'a file.txt': 'hello', b: '' });
    const seed = await startSeed(cli);
    const { stdout, exitCode } = await cli.run(['peers', '--ports', String(seed.port)]);
    assert.equal(exitCode, 0);
    const number = String(seed.port - 8079);
    assert.match(stdout, new RegExp(`^ *${number} +127\\.0\\.0\\.1:${seed.port} +fast +2$`, 'm'));
    assert.match(stdout, new RegExp(`^ *5 B +${number} +a file\\.txt$`, 'm'));
    const none = await cli.run(['peers', '--ports', String(await freePort())]);
    assert.deepEqual([none.exitCode, none.stdout, none.stderr], [0, '', 'No seed was found.\n']);
  });

  it('needs a key off loopback, which others give in the address', async () => {
    const cli = fixture({ f: 'secret' });
    const seed = await startSeed(cli, '--host', '0.0.0.0', '--key', 'k1');
    assert.equal(seed.stdout(), `listening on 0.0.0.0:${seed.port}\n`);
    const got = await cli.run(['get', `seed://:k1@127.0.0.1:${seed.port}/f`]);
    assert.equal(got.exitCode, 0, got.stderr);
    assert.equal(readFileSync(cli.path('f'), 'utf8'), 'secret');
    assert.doesNotMatch(got.stdout + got.stderr, /k1@/);
    for (const key of ['', ':k2@']) {
      const refused = await cli.run(['get', `seed://${key}127.0.0.1:${seed.port}/f`, '-o', 'g']);
      assert.equal(refused.exitCode, 3);
      assert.match(refused.stderr, /asks for its key, .*: seed:\/\/:<key>@127\.0\.0\.1:\d+\/<name>\.$/m);
      assert.doesNotMatch(refused.stderr, /k2|-H/);
    }
  });

  it('listens on an address of IPv6 in brackets, as it tells it', async function () {
    if (!Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))) this.skip();
    const cli = fixture({ f: 'x' });
    const seed = await startSeed(cli, '--host', '[::1]');
    assert.equal(seed.stdout(), `listening on [::1]:${seed.port}\n`);
    assert.equal((await cli.run(['get', `seed://[::1]:${seed.port}/f`])).exitCode, 0);
  });

  it('says in one line what does not work', async () => {
    const cli = fixture({ f: 'x' });
    const seed = await startSeed(cli);
    const cases: [args: string[], exitCode: number, stderr: RegExp][] = [
      [['seed', 'nothing'], 5, /nothing cannot be shared: there is no such file or folder/],
      [['seed', 'offered', '--host', '', '--key', 'k1'], 2, /--host takes an address/],
      [['seed', 'offered', '--state', 'offered/f'], 5, /offered\/f does not exist and .*: a file is in the way\.$/m],
      [['seed', 'offered', '--port', String(seed.port)], 3, /127\.0\.0\.1:\d+ is used by another program/],
      [['seed', 'offered', '--port', 'x'], 2, /--port takes a port/],
      [['seed', 'offered', '--host', '0.0.0.0'], 2, /needs a key/],
      [['seed'], 2, /missing required argument/i],
      [['peers', '--ports', '1-100000'], 2, /--ports takes ports/],
      [['get', 'seed:///f', '--ports', String(await freePort())], 3, /No seed offers "f" now/],
      [['get', `seed://127.0.0.1:${seed.port}/g`], 3, /does not offer "g"/],
      [['get', 'seed:///'], 2, /not a link/],
    ];
    for (const [args, exitCode, stderr] of cases) {
      const result = await cli.run(args);
      assert.deepEqual([result.exitCode, result.stdout], [exitCode, ''], `${args.join(' ')}: ${result.stderr}`);
      assert.match(result.stderr, stderr);
      assert.equal(result.stderr.trimEnd().split('\n').length, 1, result.stderr);
    }
  });

  it('warns of a seed:/// that nobody offers, as a mirror and as the first address', async () => {
    const content = new Content(MIB);
    const cli = fixture({});
    const http = await startHttpServer(scope, { '/f': serveFile({ content }) });
    const link = `${http.origin}/f`;
    const none = 'seed:///nope.bin';
    for (const [first, mirror, name] of [
      [link, none, 'a'],
      [none, link, 'b'],
    ] as const) {
      const args = ['get', first, '-m', mirror, '-o', name, '--ports', String(await freePort())];
      const { exitCode, stdout, stderr } = await cli.run([...args, '--json']);
      assert.equal(exitCode, 0, stderr);
      assert.equal(await sha256OfFile(cli.path(name)), content.sha256);
      assert.match(stderr, /^tributary: warning: seed:\/\/\/nope\.bin is not used: No seed offers "nope\.bin" now/);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
      const sources = jsonLines(stdout).at(-1)?.sources as { address: string; error?: { code: string } }[];
      assert.deepEqual(
        sources.map(({ address, error }) => [address, error?.code]),
        first === link
          ? [
              [link, undefined],
              [none, 'no-seed'],
            ]
          : [
              [none, 'no-seed'],
              [link, undefined],
            ],
      );
    }
  });

  it('warns of a seed that has another file of the name, and goes on with that when the first gives out', async () => {
    const content = new Content(MIB / 64, 1);
    const cli = fixture({ 'f.bin': content.slice(0, content.sizeBytes) });
    const liar = await startPythonSeed(scope, cli.path('offered'), { size: content.sizeBytes + 7 });
    const honest = await startPythonSeed(scope, cli.path('offered'));
    for (const [ports, warning] of [
      [[honest.port, liar.port], /^tributary: warning: \S+ is not used: .* its file has another size\.$/],
      [[liar.port, honest.port], /^tributary: warning: \S+ is not used: .* because of its answer: /],
    ] as const) {
      const args = ['get', 'seed:///f.bin', '--ports', ports.join(','), '-o', String(ports[0]), '--json'];
      const { exitCode, stdout, stderr } = await cli.run(args);
      assert.equal(exitCode, 0, stderr);
      assert.equal(await sha256OfFile(cli.path(String(ports[0]))), content.sha256);
      assert.match(stderr.trimEnd().split('\n').at(-1) ?? '', warning);
      const sources = jsonLines(stdout).at(-1)?.sources as { address: string; error?: { code: string } }[];
      const codes = new Map(sources.map(({ address, error }) => [address, error?.code]));
      assert.equal(codes.get(honest.address('f.bin')), undefined);
      assert.equal(codes.get(liar.address('f.bin')), ports[0] === liar.port ? 'seed-protocol' : 'mirror-unfit');
    }
  });

  it('tells the reason of the only seed that was found, too', async () => {
    const content = new Content(MIB);
    const cli = fixture({ 'f.bin': content.slice(0, content.sizeBytes) });
    const seed = await startPythonSeed(scope, cli.path('offered'), { download: 'short', after: 100 });
    const { exitCode, stdout, stderr } = await cli.run(['get', 'seed:///f.bin', '--ports', `${seed.port}`, '--json']);
    assert.equal(exitCode, 3, stderr);
    const sources = jsonLines(stdout).at(-1)?.sources as { address: string; error?: { code: string } }[];
    assert.deepEqual(
      sources.map(({ address, error }) => [address, error?.code]),
      [
        ['seed:///f.bin', undefined],
        [seed.address('f.bin'), 'seed-protocol'],
      ],
    );
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  });

  it('an interrupted get from a classic seed is gone on with', async () => {
    const content = new Content(MIB / 4);
    const cli = fixture({ 'f.bin': content.slice(0, content.sizeBytes) });
    const seed = await startPythonSeed(scope, cli.path('offered'), { delay: 0.0005 });
    const first = cli.start(['get', seed.address('f.bin'), '--json']);
    await first.line('some of it', ({ type, received }) => type === 'progress' && Number(received) > 60_000);
    first.signal('SIGINT');
    assert.equal((await first.result).exitCode, 130);
    assert.deepEqual(cli.files(), ['f.bin.part', 'f.bin.part.json', 'offered']);
    const second = await cli.run(['get', seed.address('f.bin'), '--json']);
    assert.equal(second.exitCode, 0, second.stderr);
    const begun = jsonLines(second.stdout).find(({ type, received }) => type === 'progress' && Number(received) > 0);
    assert.ok(Number(begun?.received) > 50_000);
    assert.equal(await sha256OfFile(cli.path('f.bin')), content.sha256);
  });

  it('an interrupted get of seed:///name is gone on with from another seed that has the file', async () => {
    const content = new Content(MIB / 4);
    const cli = fixture({ 'f.bin': content.slice(0, content.sizeBytes) });
    const first = await startPythonSeed(scope, cli.path('offered'), { delay: 0.0005 });
    const port = await freePort();
    const args = ['get', 'seed:///f.bin', '--ports', `${first.port},${port}`, '--json'];
    const interrupted = cli.start(args);
    await interrupted.line('some of it', hasReceived(60_000));
    interrupted.signal('SIGINT');
    assert.equal((await interrupted.result).exitCode, 130);
    await first.kill();
    await startPythonSeed(scope, cli.path('offered'), {}, port);
    const again = await cli.run(args);
    assert.equal(again.exitCode, 0, again.stderr);
    const begun = jsonLines(again.stdout).find(({ type, received }) => type === 'progress' && Number(received) > 0);
    assert.ok(Number(begun?.received) > 50_000);
    assert.deepEqual(cli.files(), ['f.bin', 'offered']);
    assert.equal(await sha256OfFile(cli.path('f.bin')), content.sha256);
  });
});
