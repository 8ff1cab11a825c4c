import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { chownSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from '../support/content.ts';
import { freePort } from '../support/freePort.ts';
import { startHubProcess } from '../support/hub/hubProcess.ts';
import { startPythonHubClient } from '../support/hub/pythonHubClient.ts';
import { startScriptedHub } from '../support/hub/scriptedHub.ts';
import { type CliResult, runCli, startCli } from '../support/runCli.ts';
import { useScope } from '../support/scope.ts';
import { whyNoPython } from '../support/servers/pythonServer.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';
import { CliFixture, hasReceived, jsonLines } from './cliFixture.ts';

const MIB = 1 << 20;
const DIST = join(import.meta.dirname, '../../dist');
const LINK = /^hub:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]{36}\n$/;

describe('tributary hub', () => {
  const scope = useScope();

  function write(cli: CliFixture, name: string, content: Content): string {
    writeFileSync(cli.path(name), content.slice(0, content.sizeBytes));
    return name;
  }

  async function listeningPort(child: ChildProcess): Promise<number> {
    let stdout = '';
    child.stdout?.on('data', (text: string) => {
      stdout += text;
    });
    const found = await waitFor('the hub to listen', () => /^listening on .*:(\d+)$/m.exec(stdout) ?? undefined);
    return Number(found[1]);
  }

  it('serve, put, list and get; the same file is put once', async () => {
    const hub = await startHubProcess(scope, tempFolder(scope));
    const address = ['--hub', `127.0.0.1:${hub.port}`];
    const cli = new CliFixture(scope);
    assert.deepEqual(await cli.run(['hub', 'list', ...address]), { exitCode: 0, stdout: '', stderr: 'No files.\n' });
    const content = new Content(5 * MIB + 1, 2);
    const put = await cli.run(['hub', 'put', write(cli, 'slides ü.bin', content), ...address]);
    assert.deepEqual([put.exitCode, put.stderr], [0, '']);
    assert.match(put.stdout, LINK);
    assert.equal((await cli.run(['hub', 'put', 'slides ü.bin', ...address])).stdout, put.stdout);
    const list = await cli.run(['hub', 'list', ...address]);
    assert.equal(list.exitCode, 0);
    assert.match(list.stdout, /^ *SIZE {2}BY .*NAME +ADDRESS\n *5\.2 MB .* slides ü\.bin {2}hub:\/\/.*\n$/s);
    assert.ok(list.stdout.includes(put.stdout.trim()));
    const [file, ...others] = jsonLines((await cli.run(['hub', 'list', '--json', ...address])).stdout);
    assert.deepEqual(others, []);
    assert.deepEqual(
      { ...file, uploader: '', uploadedAt: '' },
      {
        type: 'file',
        address: put.stdout.trim(),
        name: 'slides ü.bin',
        size: content.sizeBytes,
        sha256: content.sha256,
        uploader: '',
        uploadedAt: '',
      },
    );
    const target = tempFolder(scope);
    const get = await cli.run(['get', '--json', '-d', target, put.stdout.trim()]);
    assert.equal(get.exitCode, 0);
    const last = jsonLines(get.stdout).at(-1);
    assert.deepEqual(
      [last?.state, last?.verification, last?.checksum],
      ['completed', 'verified', `sha256:${content.sha256}`],
    );
    assert.ok(readFileSync(join(target, 'slides ü.bin')).equals(content.slice(0, content.sizeBytes)));
    assert.deepEqual(readdirSync(target), ['slides ü.bin']);
    const began = performance.now();
    hub.child.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await hub.result;
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(stdout, /^listening on 127\.0\.0\.1:\d+\n$/);
    assert.ok(performance.now() - began < 1000, 'it ends within a second');
  });

  it('a file that others have put is fetched, and put by us is fetched by others', async function () {
    skipBecause(this, whyNoPython());
    const hub = await startHubProcess(scope, tempFolder(scope));
    const cli = new CliFixture(scope);
    const content = new Content(MIB + 5, 9);
    const put = startPythonHubClient(scope, hub, 'anna', 'put', cli.path(write(cli, 'a.bin', content)));
    assert.equal((await put.ended).code, 0);
    const { fid } = await put.line('FILE_AVAILABLE');
    const target = tempFolder(scope);
    const get = await cli.run(['get', '-d', target, `hub://127.0.0.1:${hub.port}/${fid}`]);
    assert.deepEqual([get.exitCode, get.stdout], [0, `${join(target, 'a.bin')}\n`]);
    assert.ok(readFileSync(join(target, 'a.bin')).equals(content.slice(0, content.sizeBytes)));
    const ours = await cli.run(['hub', 'put', write(cli, 'b.bin', content), '--hub', `127.0.0.1:${hub.port}`]);
    const copy = join(target, 'copy');
    const other = startPythonHubClient(scope, hub, 'bob', 'get', ours.stdout.trim().slice(-36), copy);
    assert.equal((await other.ended).code, 0);
    assert.ok(readFileSync(copy).equals(content.slice(0, content.sizeBytes)));
  });

  it('a get that is interrupted goes on where it was, also after a restart of the hub', async () => {
    const folder = tempFolder(scope);
    const hub = await startHubProcess(scope, folder);
    const cli = new CliFixture(scope);
    const content = new Content(24 * MIB, 3);
    const address = ['--hub', `127.0.0.1:${hub.port}`];
    const link = (await cli.run(['hub', 'put', write(cli, 'a.bin', content), ...address])).stdout.trim();
    const target = tempFolder(scope);
    const first = cli.start(['get', '--json', '--limit', '6M', '-d', target, link]);
    await first.line('some of it', hasReceived(4 * MIB));
    first.signal('SIGINT');
    assert.equal((await first.result).exitCode, 130);
    await hub.kill();
    await startHubProcess(scope, folder, hub.port);
    const second = await cli.run(['get', '--json', '--limit', '20M', '-d', target, link]);
    assert.equal(second.exitCode, 0);
    const progress = jsonLines(second.stdout).filter(({ phase }) => phase === 'downloading');
    assert.ok(Number(progress[0]?.received) >= 3 * MIB, `began with ${progress[0]?.received}`);
    assert.ok(readFileSync(join(target, 'a.bin')).equals(content.slice(0, content.sizeBytes)));
  });

  it('a hub with a key: --key, a key in the link, and none', async () => {
    const hub = await startHubProcess(scope, tempFolder(scope), 0, '--host', '0.0.0.0', '--key', 'pass phrase/1');
    const cli = new CliFixture(scope);
    const address = ['--hub', `127.0.0.1:${hub.port}`];
    write(cli, 'a.bin', new Content(1000));
    for (const args of [['put', 'a.bin'], ['list'], ['list', '--key', 'wrong phrase']]) {
      const refused = await cli.run(['hub', ...args, ...address]);
      assert.deepEqual([refused.exitCode, refused.stdout], [3, '']);
      assert.match(refused.stderr, /^tributary: The hub 127\.0\.0\.1:\d+ asks for its key/);
      assert.doesNotMatch(refused.stderr, /phrase/);
    }
    const put = await cli.run(['hub', 'put', 'a.bin', ...address, '--key', 'pass phrase/1']);
    assert.match(put.stdout, LINK);
    const fid = put.stdout.trim().slice(-36);
    const link = `hub://:pass%20phrase%2F1@127.0.0.1:${hub.port}/${fid}`;
    const get = await cli.run(['get', '--json', '-d', 'out', link]);
    assert.equal(get.exitCode, 0);
    assert.doesNotMatch(get.stdout + get.stderr, /phrase/);
    const without = await cli.run(['get', '-d', 'out', put.stdout.trim()]);
    assert.equal(without.exitCode, 3);
    assert.match(without.stderr, /asks for its key/);
  });

  it('a key from the environment, for the hub and for its members', async () => {
    const cli = new CliFixture(scope, { TRIBUTARY_HUB_KEY: 'pass phrase/2' });
    const serve = cli.start(['hub', 'serve', '--port', '0', '--dir', tempFolder(scope), '--host', '0.0.0.0']);
    const port = await listeningPort(serve.child);
    const hub = ['--hub', `127.0.0.1:${port}`];
    const content = new Content(1000);
    const put = await cli.run(['hub', 'put', write(cli, 'a.bin', content), ...hub]);
    assert.match(put.stdout, LINK);
    assert.match((await cli.run(['hub', 'list', ...hub])).stdout, /a\.bin/);
    const get = await cli.run(['get', '--json', '-d', 'out', put.stdout.trim()]);
    assert.equal(get.exitCode, 0);
    assert.doesNotMatch(get.stdout + get.stderr, /phrase/);
    assert.ok(readFileSync(cli.path('out/a.bin')).equals(content.slice(0, content.sizeBytes)));
    // What is said on the command line counts more.
    for (const args of [
      ['hub', 'list', ...hub, '--key', 'wrong one'],
      ['get', put.stdout.trim().replace('hub://', 'hub://:wrong%20one@')],
    ]) {
      const refused = await cli.run(args);
      assert.equal(refused.exitCode, 3);
      assert.match(refused.stderr, /asks for its key/);
    }
    // What fails is told without the key that was put into its address.
    const missing = await cli.run(['get', '--json', `hub://127.0.0.1:1/${put.stdout.trim().slice(-36)}`]);
    assert.equal(missing.exitCode, 3);
    assert.doesNotMatch(missing.stdout + missing.stderr, /phrase/);
  });

  it('a user whom the system knows by number only, as in many containers, puts and gets', async function () {
    const uid = 54_321;
    const mayRead = process.getuid?.() === 0 && spawnSync('test', ['-r', join(DIST, 'cli.js')], { uid }).status === 0;
    if (!mayRead) return skipBecause(this, 'only root runs as somebody else, who must be able to read dist/');
    const hub = await startHubProcess(scope, tempFolder(scope));
    const cwd = tempFolder(scope);
    chownSync(cwd, uid, uid);
    const run = (args: readonly string[]): Promise<CliResult> =>
      runCli(scope, args, { cwd, uid, env: { HOME: cwd, XDG_DATA_HOME: cwd, TMPDIR: cwd } });
    writeFileSync(join(cwd, 'a.txt'), 'abc', { mode: 0o644 });
    const put = await run(['hub', 'put', 'a.txt', '--hub', `127.0.0.1:${hub.port}`]);
    assert.deepEqual([put.exitCode, put.stderr], [0, '']);
    assert.deepEqual(await run(['get', '-o', 'b.txt', put.stdout.trim()]), {
      exitCode: 0,
      stdout: `${join(cwd, 'b.txt')}\n`,
      stderr: '',
    });
  });

  it('a hub that may open few files lists all that it has', async function () {
    if (process.platform === 'win32') this.skip();
    const cli = new CliFixture(scope);
    const folder = tempFolder(scope);
    const first = await startHubProcess(scope, folder);
    const names = Array.from({ length: 100 }, (_, n) => write(cli, `${n}.txt`, new Content(n, n)));
    assert.equal((await cli.run(['hub', 'put', ...names, '--hub', `127.0.0.1:${first.port}`])).exitCode, 0);
    await first.kill();
    const args = ['hub', 'serve', '--port', '0', '--dir', folder];
    const { child } = startCli(scope, args, { cwd: folder, openFiles: 64 });
    const port = await listeningPort(child);
    const { stdout } = await cli.run(['hub', 'list', '--json', '--hub', `127.0.0.1:${port}`]);
    assert.equal(jsonLines(stdout).length, names.length);
  });

  it('a hub that has lost its index says so, and keeps the files', async () => {
    const cli = new CliFixture(scope);
    const folder = tempFolder(scope);
    const first = await startHubProcess(scope, folder);
    write(cli, 'a.bin', new Content(1000, 1));
    assert.equal((await cli.run(['hub', 'put', 'a.bin', '--hub', `127.0.0.1:${first.port}`])).exitCode, 0);
    await first.kill();
    rmSync(join(folder, 'index'), { recursive: true });
    const again = await startHubProcess(scope, folder);
    again.child.kill('SIGTERM');
    assert.match(
      (await again.result).stderr,
      /^tributary: hub: 1 file is not listed, .* It stays in uploads\/ for a week\.\n$/,
    );
    assert.equal(readdirSync(join(folder, 'uploads')).length, 1);
  });

  it('several files go one after the other, and each has a line', async () => {
    const hub = await startHubProcess(scope, tempFolder(scope));
    const cli = new CliFixture(scope);
    const address = ['--hub', `127.0.0.1:${hub.port}`];
    const names = ['a.bin', 'b.bin', 'c.bin'];
    for (const [n, name] of names.entries()) write(cli, name, new Content(1000 + n, n));
    const put = await cli.run(['hub', 'put', ...names, ...address]);
    assert.deepEqual([put.exitCode, put.stderr], [0, '']);
    const links = put.stdout.trimEnd().split('\n');
    const listed = jsonLines((await cli.run(['hub', 'list', '--json', ...address])).stdout);
    assert.deepEqual(
      links,
      names.map((name) => listed.find((line) => line.name === name)?.address),
    );
    const some = await cli.run(['hub', 'put', '--json', 'missing', 'a.bin', '.', ...address]);
    assert.equal(some.exitCode, 5);
    assert.deepEqual(
      jsonLines(some.stdout).map(({ type, address: of }) => [type, of]),
      [
        ['error', 'missing'],
        ['file', links[0]],
        ['error', '.'],
      ],
    );
    assert.match(some.stderr, /^tributary: missing: [^\n]+\ntributary: \.: [^\n]+\n$/);
  });

  it('a hub that is not there is told once, while it is waited for and in the end', async () => {
    const cli = new CliFixture(scope);
    const address = `127.0.0.1:${await freePort()}`;
    write(cli, 'a.bin', new Content(1000));
    write(cli, 'b.bin', new Content(1000));
    const put = await cli.run(['hub', 'put', 'a.bin', 'b.bin', '--hub', address]);
    assert.equal(put.exitCode, 3);
    const refused = `${address} refused the connection; check that the server is running.`;
    assert.deepEqual(put.stderr.split('\n'), [
      `Waiting: ${refused}`,
      `tributary: a.bin: ${refused} Try again later.`,
      'Not tried: 1 more file.',
      '',
    ]);
  });

  it('a hub that lets an upload wait: stderr says so', async () => {
    const waiting: (() => void)[] = [];
    const content = new Content(3 * MIB);
    const hub = await startScriptedHub(scope, {
      announce: (record, side) => {
        waiting.push(() => side.say({ type: 'FILE_AVAILABLE', ...record, sha256: content.sha256 }));
        return null;
      },
    });
    const cli = new CliFixture(scope);
    const put = cli.start(['hub', 'put', write(cli, 'a.bin', content), '--hub', `127.0.0.1:${hub.port}`]);
    let stderr = '';
    put.child.stderr?.on('data', (text: string) => {
      stderr += text;
    });
    await waitFor('the reason', () => stderr.includes('it has the file and checks it'));
    for (const answer of waiting) answer();
    const { exitCode, stdout } = await put.result;
    assert.equal(exitCode, 0);
    assert.match(stdout, LINK);
  });

  it('a pipe is refused and not waited for', async function () {
    if (process.platform === 'win32') this.skip();
    const cli = new CliFixture(scope);
    execFileSync('mkfifo', [cli.path('pipe')]);
    const put = await cli.run(['hub', 'put', 'pipe', '--hub', '127.0.0.1:1']);
    assert.equal(put.exitCode, 5);
    assert.match(put.stderr, /cannot be shared: it is no file/);
  });

  it('what is wrong is one line with a code of its own', async () => {
    const hub = await startHubProcess(scope, tempFolder(scope));
    const cli = new CliFixture(scope);
    const busy = tempFolder(scope);
    const cases: readonly (readonly [args: readonly string[], exitCode: number, stderr: RegExp])[] = [
      [['hub', 'serve', '--host', '0.0.0.0', '--dir', busy], 2, /needs a key/],
      [['hub', 'serve', '--host', '', '--dir', busy], 2, /--host takes an address/],
      [['hub', 'serve', '--key', '', '--dir', busy], 2, /--key is empty/],
      [['hub', 'list', '--key', ''], 2, /--key is empty/],
      [['hub', 'serve', '--port', 'x'], 2, /--port takes a port from 0 to 65535, not "x"/],
      [['hub', 'serve', '--port', String(hub.port), '--dir', busy], 3, /is used by another program|uses .* already/],
      [['hub', 'put', 'missing.bin', '--hub', `127.0.0.1:${hub.port}`], 5, /cannot be shared: there is no such file/],
      [['hub', 'put', '.', '--hub', `127.0.0.1:${hub.port}`], 5, /cannot be shared: it is no file/],
      [['hub', 'put'], 2, /Missing required argument 'file'/],
      [['hub', 'list', '--hub', 'http://x/y'], 2, /is no hub/],
      [['hub', 'list', '--hub', '127.0.0.1:9'], 3, /refused the connection/],
      [['get', `hub://127.0.0.1:${hub.port}/11111111-1111-4111-8111-111111111111`], 3, /no longer on the hub/],
      [['get', `hub://127.0.0.1:${hub.port}/not-a-fid`], 2, /write hub:\/\/host:port\/<fid>/],
      [['get', `hub://127.0.0.1:${hub.port}`], 2, /write hub:\/\/host:port\/<fid>/],
    ];
    for (const [args, exitCode, stderr] of cases) {
      const result = await cli.run(args);
      assert.deepEqual([result.exitCode, result.stdout], [exitCode, ''], args.join(' '));
      assert.match(result.stderr, stderr);
      assert.match(result.stderr, /^tributary: [^\n]+\n$/);
    }
  });
});
