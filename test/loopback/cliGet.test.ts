import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Content } from '../support/content.ts';
import { useScope } from '../support/scope.ts';
import { answerStatus } from '../support/servers/answers.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';
import { CliFixture, jsonLines } from './cliFixture.ts';

const MIB = 1 << 20;

describe('tributary get', () => {
  const scope = useScope();
  const big = new Content(3 * MIB, 11);
  const small = new Content(1000, 12);
  let cli: CliFixture;
  let origin: string;

  beforeEach(async () => {
    cli = new CliFixture(scope);
    const server = await startHttpServer(scope, {
      '/big.bin': serveFile({ content: big }),
      '/small.bin': serveFile({ content: small }),
      '/busy.bin': answerStatus(404),
    });
    origin = server.origin;
  });

  it('prints the path of the file on stdout and nothing else anywhere', async () => {
    const { exitCode, stdout, stderr } = await cli.run(['get', `${origin}/big.bin`]);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.equal(stdout, `${cli.path('big.bin')}\n`);
    assert.equal(await sha256OfFile(cli.path('big.bin')), big.sha256);
    assert.deepEqual(cli.files(), ['big.bin'], 'no part is left');
    assert.deepEqual(cli.leftovers(), [], 'nothing of the run is left in the data folder');
  });

  it('makes the folders that -d and -o name', async () => {
    const { stdout } = await cli.run(['get', '-d', 'a/b', '-o', 'c/new.bin', `${origin}/small.bin`]);
    assert.equal(stdout, `${cli.path('a/b/c/new.bin')}\n`);
    assert.equal(await sha256OfFile(cli.path('a/b/c/new.bin')), small.sha256);
  });

  it('takes several addresses, more than it runs at once', async () => {
    const { exitCode, stdout } = await cli.run(['get', '-j', '1', `${origin}/big.bin`, `${origin}/small.bin`]);
    assert.equal(exitCode, 0);
    assert.deepEqual(stdout.split('\n'), [cli.path('big.bin'), cli.path('small.bin'), '']);
  });

  it('reads a list from a file and from standard input, with checksums', async () => {
    const list = `# two files\n${origin}/big.bin sha256:${big.sha256}\n\n${origin}/small.bin md5:${small.digest('md5')}\n`;
    writeFileSync(cli.path('list.txt'), list);
    const fromFile = await cli.run(['get', '--json', '-d', 'one', '-i', 'list.txt']);
    assert.equal(fromFile.exitCode, 0, fromFile.stderr);
    const completed = jsonLines(fromFile.stdout).filter(({ state }) => state === 'completed');
    assert.deepEqual(
      completed.map(({ verification }) => verification),
      ['verified', 'verified'],
    );
    const fromInput = await cli.run(['get', '-d', 'two', '-i', '-'], list);
    assert.equal(fromInput.exitCode, 0, fromInput.stderr);
    assert.equal(await sha256OfFile(cli.path('two/small.bin')), small.sha256);
  });

  it('--quiet prints nothing but errors', async () => {
    const good = await cli.run(['get', '-q', `${origin}/small.bin`]);
    assert.deepEqual(good, { exitCode: 0, stdout: '', stderr: '' });
    const bad = await cli.run(['get', '-q', `${origin}/nothing`]);
    assert.match(bad.stderr, /^tributary: [^\n]+\n$/);
  });

  it('--json tells states and progress, and last how it ended', async () => {
    const checksum = `sha256:${big.sha256}`;
    const { exitCode, stdout, stderr } = await cli.run([
      'get',
      '--json',
      '--checksum',
      checksum,
      `${origin}/big.bin?key=s3cret`,
    ]);
    assert.deepEqual([exitCode, stderr], [0, '']);
    const lines = jsonLines(stdout);
    assert.ok(lines.every(({ type }) => type === 'task' || type === 'progress'));
    const { id, ...last } = lines.at(-1) ?? {};
    assert.match(String(id), /^[0-9a-z]{8}$/);
    assert.deepEqual(last, {
      type: 'task',
      state: 'completed',
      name: 'big.bin',
      path: cli.path('big.bin'),
      address: `${origin}/big.bin`,
      size: big.sizeBytes,
      received: big.sizeBytes,
      resumable: true,
      checksum,
      limit: null,
      sources: [{ address: `${origin}/big.bin` }],
      verification: 'verified',
    });
    assert.ok(!stdout.includes('s3cret'));
  });

  it('--events adds the chunks, each started and complete', async () => {
    const { stdout } = await cli.run(['get', '--json', '--events', `${origin}/big.bin`]);
    const lines = jsonLines(stdout);
    assert.equal(lines.at(-1)?.state, 'completed', 'the last line is still the end of the file');
    const events = lines.filter(({ event }) => event !== undefined);
    const chunks = (name: string) =>
      new Set(events.filter(({ event }) => event === name).map(({ chunk_index }) => chunk_index));
    const expected = new Set([0, 1, 2, 3, 4, 5]);
    assert.deepEqual(chunks('download_chunk_started'), expected);
    assert.deepEqual(chunks('download_chunk_complete'), expected);
    const started = events.find(({ event }) => event === 'download_chunk_started');
    assert.deepEqual(Object.keys(started ?? {}).sort(), ['chunk_index', 'cid', 'event', 'file_hash', 'peer']);
    assert.deepEqual([started?.cid, started?.peer], [null, origin]);
  });

  it('--events alone keeps stdout to the events', async () => {
    const { stdout } = await cli.run(['get', '--events', `${origin}/big.bin`]);
    assert.ok(jsonLines(stdout).every(({ event }) => String(event).startsWith('download_chunk_')));
  });

  it('never overwrites: the next free name, unless told otherwise', async () => {
    writeFileSync(cli.path('small.bin'), 'mine');
    const renamed = await cli.run(['get', `${origin}/small.bin`]);
    assert.equal(renamed.stdout, `${cli.path('small (1).bin')}\n`);
    assert.equal(readFileSync(cli.path('small.bin'), 'utf8'), 'mine');
    const replaced = await cli.run(['get', '--exists', 'replace', `${origin}/small.bin`]);
    assert.equal(replaced.stdout, `${cli.path('small.bin')}\n`);
    assert.equal(await sha256OfFile(cli.path('small.bin')), small.sha256);
    const skipped = await cli.run(['get', '--exists', 'skip', `${origin}/small.bin`]);
    assert.deepEqual([skipped.exitCode, skipped.stdout], [0, `${cli.path('small.bin')}\n`]);
  });

  it('--exists ask without a terminal leaves the file and says how to choose', async () => {
    writeFileSync(cli.path('small.bin'), 'mine');
    const { exitCode, stderr } = await cli.run(['get', '--exists', 'ask', `${origin}/small.bin`]);
    assert.equal(exitCode, 5);
    assert.match(stderr, /small\.bin exists already .* --exists rename/);
    assert.equal(readFileSync(cli.path('small.bin'), 'utf8'), 'mine');
  });

  it('goes on with the others when one fails', async () => {
    const { exitCode, stdout, stderr } = await cli.run(['get', `${origin}/nothing`, `${origin}/small.bin`]);
    assert.equal(exitCode, 3);
    assert.equal(stdout, `${cli.path('small.bin')}\n`);
    assert.match(stderr, /nothing/);
  });

  it('ends when nobody reads its output any more', async () => {
    const running = cli.start(['get', '--json', `${origin}/big.bin`]);
    running.child.stdout?.destroy();
    const { exitCode } = await running.result;
    assert.ok(exitCode === 130 || exitCode === 0, `it ended with ${exitCode}`);
  });

  it('writes log lines to stderr on request', async () => {
    const { stdout, stderr } = await cli.run(['get', '--log', 'debug', `${origin}/small.bin`]);
    assert.match(stderr, /^\[(?:debug|info)\] /m);
    assert.equal(stdout, `${cli.path('small.bin')}\n`);
  });

  it('puts a file in place of a folder down to the disk', async () => {
    writeFileSync(cli.path('taken'), '');
    const { exitCode, stderr } = await cli.run(['get', '-d', 'taken', `${origin}/small.bin`]);
    assert.equal(exitCode, 5);
    assert.match(stderr, /^tributary: \S+\/small\.bin: The folder \S+ [^\n]+\n$/);
  });

  it('does not take a folder for a file', async () => {
    mkdirSync(cli.path('small.bin'));
    const { exitCode, stdout } = await cli.run(['get', `${origin}/small.bin`]);
    assert.deepEqual([exitCode, stdout], [0, `${cli.path('small (1).bin')}\n`]);
  });
});
