import assert from 'node:assert/strict';
import { Content } from '../support/content.ts';
import { startEngineProcess } from '../support/engineProcess.ts';
import { useScope } from '../support/scope.ts';
import { type HttpServer, startHttpServer } from '../support/servers/httpServer.ts';
import { type ServedFile, serveFile } from '../support/servers/serveFile.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { CliFixture, hasReceived, jsonLines, type RunningCli } from './cliFixture.ts';

const MIB = 1 << 20;

describe('list, pause, resume and cancel', () => {
  const scope = useScope();
  const content = new Content(48 * MIB, 31);
  let cli: CliFixture;
  let file: ServedFile;
  let server: HttpServer;

  beforeEach(async () => {
    cli = new CliFixture(scope);
    file = { content, body: () => ({ bytesPerSecond: 3 * MIB }) };
    server = await startHttpServer(scope, { '/f.bin': serveFile(file) });
  });

  async function startGet(...more: readonly string[]): Promise<{ running: RunningCli; id: string }> {
    const running = cli.start(['get', '--json', '-c', '2', ...more, `${server.origin}/f.bin`]);
    const { id } = await running.line('its first megabyte', hasReceived(MIB));
    return { running, id: String(id) };
  }

  it('list says that nothing runs, and that is no failure', async () => {
    assert.deepEqual(await cli.run(['list']), { exitCode: 0, stdout: '', stderr: 'No engine is running here.\n' });
    assert.deepEqual((await cli.run(['list', '--json'])).stdout, '');
  });

  it('list shows a get that runs, as a table and as JSON', async () => {
    const { id } = await startGet();
    const { exitCode, stdout, stderr } = await cli.run(['list']);
    assert.deepEqual([exitCode, stderr], [0, '']);
    const [head, row, ...rest] = stdout.split('\n');
    assert.match(head ?? '', /^ID +STATE +DONE +SIZE +SPEED +LIMIT +NAME$/);
    assert.match(row ?? '', new RegExp(`^${id} +active +\\d+ % +50\\.3 MB +[\\d.]+ [kM]?B/s +f\\.bin$`));
    assert.deepEqual(rest, ['']);
    const [line] = jsonLines((await cli.run(['list', '--json'])).stdout);
    assert.deepEqual([line?.type, line?.id, line?.state], ['task', id, 'active']);
  });

  it('pause stops the traffic, resume goes on, and get ends as if nothing had been', async () => {
    const { running, id } = await startGet();
    const paused = await cli.run(['pause', id]);
    assert.deepEqual(paused, { exitCode: 0, stdout: `paused ${id} f.bin\n`, stderr: '' });
    await running.line('the pause', ({ type, state }) => type === 'task' && state === 'paused');
    await server.log.quiet();
    delete file.body;
    assert.deepEqual(await cli.run(['resume', id]), { exitCode: 0, stdout: `resumed ${id} f.bin\n`, stderr: '' });
    assert.equal((await running.result).exitCode, 0);
    assert.equal(running.lines.at(-1)?.state, 'completed');
  });

  it('cancel takes the part away, and get ends as interrupted', async () => {
    const { running, id } = await startGet();
    assert.deepEqual(await cli.run(['cancel', id]), { exitCode: 0, stdout: `cancelled ${id} f.bin\n`, stderr: '' });
    assert.equal((await running.result).exitCode, 130);
    assert.equal(running.lines.at(-1)?.state, 'removed');
    assert.deepEqual(cli.files(), []);
  });

  it('an unknown download is a wrong argument', async () => {
    await startGet();
    const { exitCode, stderr } = await cli.run(['pause', 'nothing1']);
    assert.deepEqual([exitCode, stderr], [2, 'tributary: There is no download "nothing1". See tributary list.\n']);
  });

  it('what is not possible in its state is refused with the reason', async () => {
    const { id } = await startGet();
    await cli.run(['pause', id]);
    const { exitCode, stderr } = await cli.run(['pause', id]);
    assert.equal(exitCode, 2);
    assert.equal(stderr, 'tributary: This is not possible while the download is paused.\n');
  });

  it('lists of several engines are put together, and --state looks at one', async () => {
    const state = tempFolder(scope);
    const first = await startGet();
    const second = await startGet('--state', state);
    const all = jsonLines((await cli.run(['list', '--json'])).stdout).map(({ id }) => id);
    assert.deepEqual(new Set(all), new Set([first.id, second.id]));
    const one = jsonLines((await cli.run(['list', '--json', '--state', state])).stdout).map(({ id }) => id);
    assert.deepEqual(one, [second.id]);
    assert.equal((await cli.run(['pause', second.id])).exitCode, 0, 'found without --state, too');
  });

  it('an engine process is reached by its state folder', async () => {
    const folder = tempFolder(scope);
    const engine = await startEngineProcess(scope, { stateFolder: tempFolder(scope), folder });
    const client = await engine.client();
    const id = await client.add(`${server.origin}/f.bin`);
    await client.received(id, MIB);
    assert.equal((await cli.run(['pause', id, '--state', engine.stateFolder])).exitCode, 0);
    assert.equal(await client.paused(id), null);
    await engine.kill();
    const { exitCode, stderr } = await cli.run(['list', '--state', engine.stateFolder]);
    assert.deepEqual([exitCode, stderr], [0, 'No engine is running here.\n'], 'a killed one is none');
  });
});
