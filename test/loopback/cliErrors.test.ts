import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Content } from '../support/content.ts';
import { freePort } from '../support/freePort.ts';
import { useScope } from '../support/scope.ts';
import { redirectTo } from '../support/servers/answers.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { CliFixture, jsonLines } from './cliFixture.ts';

describe('what the command line says when it cannot', () => {
  const scope = useScope();
  let cli: CliFixture;

  beforeEach(() => {
    cli = new CliFixture(scope);
  });

  const link = 'http://127.0.0.1:1/a';
  const usage: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no address', ['get'], /No address was given\. See tributary get --help\.$/],
    ['an unknown option', ['get', '--jason', link], /Unknown option '--jason' \(Did you mean --json\?\)/],
    ['an unknown command', ['gets', link], /Unknown command 'gets' \(Did you mean get\?\)/],
    ['a value out of range', ['get', '-c', '65', link], /-c takes a number from 1 to 64/],
    ['an unknown policy', ['get', '--exists', 'maybe', link], /Allowed choices are ask, rename, skip, replace/],
    ['an unknown log level', ['list', '--log', 'loud'], /Allowed choices are trace, /],
    ['-o with two addresses', ['get', '-o', 'x', link, link], /-o takes one address only/],
    ['an option without its value', ['get', link, '-d'], /'-d, --dir <folder>' argument missing/],
    ['a bad header', ['get', '-H', 'nonsense', link], /"nonsense" is not a header/],
    ['a bad checksum', ['get', '--checksum', 'crc:1', link], /"crc:1" is not a checksum/],
    ['no link', ['get', 'hello'], /"hello" is not a link/],
    ['another scheme', ['get', 'ftp://h/a'], /"ftp:"/],
    ['a list that is not there', ['get', '-i', 'no.txt'], /The list no\.txt cannot be read: there is no such file/],
    ['a certificate file that is none', ['get', '--ca', 'no.pem', link], /no\.pem/],
    ['a mirror of two files', ['get', link, link, '-m', link], /-m takes one address only/],
    ['a mirror that is no link', ['get', link, '-m', 'hello'], /"hello" is not a link/],
    ['a seed without a name', ['get', 'seed:///'], /is not a link/],
    ['a hub without a file', ['get', 'hub://h:1/a'], /write hub:\/\/host:port\/<fid>/],
    ['a CID that is none', ['get', 'ipfs://bafy'], /is not a link/],
    ['seed without a key', ['seed', '.', '--host', '0.0.0.0'], /needs a key/],
    ['peers', ['peers', '--ports', 'all'], /--ports takes ports/],
    ['an unknown command of hub', ['hub', 'serf'], /Unknown command 'serf': serve, put or list/],
    ['hub without a command', ['hub'], /hub takes a command: serve, put or list/],
    ['a port that is none', ['ipfs', 'serve', '--port', 'x'], /--port takes a port from 0 to 65535, not "x"/],
    ['an unknown command of ipfs', ['ipfs', 'ad'], /Unknown command 'ad': serve or add/],
    ['ipfs without a command', ['ipfs'], /ipfs takes a command: serve or add/],
    ['pause without an id', ['pause'], /Missing required argument 'id'/],
    ['pause without an engine', ['pause', 'abc'], /No engine is running here/],
    ['cancel in a folder without an engine', ['cancel', 'abc', '--state', 'none'], /No engine is running here/],
  ];
  for (const [what, args, expected] of usage) {
    it(`refuses ${what} with one line and 2`, async () => {
      const { exitCode, stdout, stderr } = await cli.run(args);
      assert.deepEqual([exitCode, stdout], [2, ''], stderr);
      assert.match(stderr, /^tributary: [^\n]+\n$/, 'one line');
      assert.match(stderr.trimEnd(), expected);
      assert.deepEqual(cli.files(), []);
    });
  }

  it('without a command shows the help and ends with 2', async () => {
    const { exitCode, stdout, stderr } = await cli.run([]);
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /Usage: tributary/);
  });

  const helps: readonly (readonly [readonly string[], RegExp])[] = [
    [['--help'], /get .*list .*pause .*resume .*cancel .*seed .*peers .*hub .*ipfs.*Exit status/s],
    [['get', '--help'], /--connections .*--parallel .*--checksum .*--limit .*--state .*--log .*"state"/s],
    [['list', '--help'], /--json/],
    [['pause', '--help'], /<id>/],
    [['seed', '--help'], /--port .*--host .*--key .*listening on/s],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
  ];
  for (const [args, expected] of helps) {
    it(`${args.join(' ')} goes to stdout and ends with 0`, async () => {
      const { exitCode, stdout, stderr } = await cli.run(args);
      assert.deepEqual([exitCode, stderr], [0, '']);
      assert.match(stdout, expected);
    });
  }

  it('a file that is not there: 3, with address and host, without query and password', async () => {
    const server = await startHttpServer(scope, {});
    const address = `${server.origin.replace('//', '//me:s3cret@')}/nothing?token=s3cret`;
    const { exitCode, stdout, stderr } = await cli.run(['get', address]);
    assert.deepEqual([exitCode, stdout], [3, '']);
    const host = server.origin.slice('http://'.length);
    assert.equal(
      stderr,
      `tributary: ${server.origin}/nothing: The file is not on ${host} (HTTP 404); check the link.\n`,
    );
  });

  it('nobody at that port: 3', async () => {
    const { exitCode, stderr } = await cli.run(['get', `http://127.0.0.1:${await freePort()}/a`]);
    assert.equal(exitCode, 3);
    assert.match(stderr, /refused the connection/);
  }).timeout(60_000);

  it('a wrong checksum: 4, and the file is kept aside', async () => {
    const server = await startHttpServer(scope, { '/a': serveFile({ content: new Content(5000) }) });
    const checksum = `sha256:${'0'.repeat(64)}`;
    const { exitCode, stderr } = await cli.run(['get', '--checksum', checksum, `${server.origin}/a`]);
    assert.equal(exitCode, 4);
    assert.match(stderr, /The checksum of \S+ is wrong .* kept as \S+\.bad/);
    assert.deepEqual(cli.files(), ['a.bad']);
  });

  it('a redirect that leads out of the web: 6', async () => {
    const server = await startHttpServer(scope, { '/a': redirectTo('file:///etc/passwd') });
    const { exitCode, stderr } = await cli.run(['get', `${server.origin}/a`]);
    assert.equal(exitCode, 6, stderr);
  });

  it('the first of several failures decides', async () => {
    const server = await startHttpServer(scope, { '/a': serveFile({ content: new Content(5000) }) });
    const list = `${server.origin}/nothing\n${server.origin}/a sha256:${'0'.repeat(64)}\n`;
    assert.equal((await cli.run(['get', '-j', '1', '-i', '-'], list)).exitCode, 3);
    const turned = list.trim().split('\n').reverse().join('\n');
    assert.equal((await cli.run(['get', '-j', '1', '-i', '-'], turned)).exitCode, 4);
  });

  it('--json carries code and message, of a file and of a wrong option', async () => {
    const server = await startHttpServer(scope, {});
    const file = await cli.run(['get', '--json', `${server.origin}/nothing`]);
    const last = jsonLines(file.stdout).at(-1);
    assert.deepEqual([last?.type, last?.state], ['task', 'failed']);
    const host = server.origin.slice('http://'.length);
    assert.deepEqual(last?.error, {
      code: 'not-found',
      message: `The file is not on ${host} (HTTP 404); check the link.`,
    });
    const option = await cli.run(['get', '--json', '--limit', 'fast', link]);
    assert.equal(option.exitCode, 2);
    assert.deepEqual(jsonLines(option.stdout), [
      {
        type: 'error',
        state: 'failed',
        error: { code: 'bad-option', message: '"fast" is not a speed; write bytes per second as 500k, 20M or 1.5M.' },
      },
    ]);
  });

  it('shows a stack only when asked for details', async () => {
    writeFileSync(cli.path('list.txt'), 'hello\n');
    assert.ok(!(await cli.run(['get', '-i', 'list.txt'])).stderr.includes('    at '));
    assert.match((await cli.run(['get', '-i', 'list.txt', '--log', 'debug'])).stderr, / {4}at /);
  });
});
