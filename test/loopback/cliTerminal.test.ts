import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from '../support/content.ts';
import { endChild } from '../support/endChild.ts';
import { useScope } from '../support/scope.ts';
import { type HttpServer, startHttpServer } from '../support/servers/httpServer.ts';
import { type ServedFile, serveFile } from '../support/servers/serveFile.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { waitFor } from '../support/waitFor.ts';
import { withoutProxies } from '../support/withoutProxies.ts';
import { CliFixture } from './cliFixture.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.js');
const MIB = 1 << 20;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

/** `script` of util-linux gives a program a terminal; other systems have another program of that name. */
function withoutScript(): string | null {
  const { stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });
  return /util-linux/.test(stdout ?? '') ? null : 'util-linux with its program "script" is not installed';
}

describe('tributary get on a terminal', () => {
  const scope = useScope();
  const content = new Content(4 * MIB, 41);
  let cli: CliFixture;
  let file: ServedFile;
  let server: HttpServer;

  before(function () {
    skipBecause(this, withoutScript());
  });

  beforeEach(async () => {
    cli = new CliFixture(scope);
    file = { content };
    server = await startHttpServer(scope, { '/f.bin': serveFile(file), '/g.bin': serveFile(file) });
  });

  interface OnTerminal {
    readonly child: ChildProcess;
    /** Everything that was written to the terminal so far. */
    shown(): string;
    type(keys: string): void;
    readonly exitCode: Promise<number | null>;
  }

  function start(args: readonly string[], columns = 100): OnTerminal {
    const words = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
    const env = { ...withoutProxies({ ...process.env }), ...cli.env, TERM: 'xterm', LC_ALL: 'C.UTF-8', NO_COLOR: '1' };
    const command = `stty cols ${columns} rows 24; exec ${words}`;
    const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: cli.cwd, env, stdio: 'pipe' });
    scope.defer(() => endChild(child));
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    const exitCode = once(child, 'close').then(([code]) => code as number | null);
    return { child, exitCode, shown: () => text, type: (keys) => child.stdin.write(keys) };
  }

  it('shows progress, then one line for the file, and gives the cursor back', async () => {
    file.body = () => ({ bytesPerSecond: MIB });
    const terminal = start(['get', `${server.origin}/f.bin`]);
    assert.equal(await terminal.exitCode, 0);
    const shown = terminal.shown();
    assert.match(shown, /f\.bin +[█▏▎▍▌▋▊▉░]+ +\d+ % +[\d.]+ [kM]?B \/ 4\.2 MB +[\d.]+ [kM]?B\/s/);
    assert.match(shown, /✔ f\.bin {2}4\.2 MB in [\d.]+ s, [\d.]+ [kM]?B\/s\r\n/);
    assert.ok(shown.indexOf(HIDE_CURSOR) >= 0 && shown.lastIndexOf(SHOW_CURSOR) > shown.lastIndexOf(HIDE_CURSOR));
    assert.ok(!shown.includes(cli.path('f.bin')), 'the path for scripts is left out');
  });

  it('shows a line for each file and a summary', async () => {
    file.body = () => ({ bytesPerSecond: MIB });
    const terminal = start(['get', `${server.origin}/f.bin`, `${server.origin}/g.bin`, `${server.origin}/nothing`]);
    assert.equal(await terminal.exitCode, 3);
    const shown = terminal.shown();
    assert.match(shown, /f\.bin .*\r\ng\.bin .*\r\n0 of 3 files {2}1 failed {2}/);
    assert.match(shown, /✘ tributary: \S+\/nothing: The file is not on /);
    assert.match(shown, /✔ f\.bin/);
    assert.match(shown, /✔ g\.bin/);
  });

  it('--quiet shows nothing', async () => {
    const terminal = start(['get', '-q', `${server.origin}/f.bin`]);
    assert.equal(await terminal.exitCode, 0);
    assert.equal(terminal.shown(), '');
  });

  it('Ctrl-C leaves one line that says how to go on', async () => {
    file.body = () => ({ bytesPerSecond: MIB / 4 });
    const terminal = start(['get', '-c', '2', `${server.origin}/f.bin`]);
    await waitFor('progress', () => / [1-9]\d* % /.test(terminal.shown()));
    terminal.type('\x03');
    assert.equal(await terminal.exitCode, 130);
    const after = terminal.shown().split('^C').at(-1) ?? '';
    assert.match(after, /Stopped: [\d.]+ [kM]?B of 4\.2 MB are kept\. Run the same command again to resume\.\r\n/);
    assert.ok(after.endsWith(SHOW_CURSOR));
  });

  const answers: readonly (readonly [string, string, string[]])[] = [
    ['r', 'renames the new file', ['f (1).bin', 'f.bin']],
    ['s', 'keeps the file that is there', ['f.bin']],
    ['o', 'overwrites it', ['f.bin']],
  ];
  for (const [key, what, files] of answers) {
    it(`--exists ask: "${key}" ${what}`, async () => {
      writeFileSync(cli.path('f.bin'), 'mine');
      const terminal = start(['get', '--exists', 'ask', `${server.origin}/f.bin`]);
      await waitFor('the question', () => terminal.shown().includes('[r] '));
      terminal.type(`${key}\n`);
      assert.equal(await terminal.exitCode, 0, terminal.shown());
      assert.deepEqual(cli.files(), files);
      if (key === 'o') assert.equal(await sha256OfFile(cli.path('f.bin')), content.sha256);
      else assert.equal(readFileSync(cli.path('f.bin'), 'utf8'), 'mine');
    });
  }

  it('--exists ask: asks for each file of a Metalink, and goes on with each as told', async () => {
    const entries = ['f.bin', 'g.bin'].map((name) => `<file name="${name}"><url>${server.origin}/${name}</url></file>`);
    const metalink = `<metalink xmlns="urn:ietf:params:xml:ns:metalink">${entries.join('')}</metalink>`;
    server.routes.set('/all.meta4', ({ response }) => void response.end(metalink));
    for (const name of ['f.bin', 'g.bin']) writeFileSync(cli.path(name), 'mine');
    const terminal = start(['get', '--exists', 'ask', '-j', '1', `${server.origin}/all.meta4`]);
    const question = (name: string) => terminal.shown().includes(`/${name} exists`);
    await waitFor('the first question', () => question('f.bin'));
    terminal.type('r\n');
    await waitFor('the second question', () => question('g.bin'));
    terminal.type('o\n');
    assert.equal(await terminal.exitCode, 0, terminal.shown());
    assert.deepEqual(cli.files(), ['f (1).bin', 'f.bin', 'g.bin']);
    assert.equal(await sha256OfFile(cli.path('g.bin')), content.sha256);
  });

  it('--exists ask: Ctrl-C is an answer, too', async () => {
    writeFileSync(cli.path('f.bin'), 'mine');
    const terminal = start(['get', '--exists', 'ask', `${server.origin}/f.bin`]);
    await waitFor('the question', () => terminal.shown().includes('[r] '));
    terminal.type('\x03');
    assert.equal(await terminal.exitCode, 130);
    assert.deepEqual(cli.files(), ['f.bin']);
  });
});
