import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_NETWORK, DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { Content } from '../support/content.ts';
import { type EngineClient, type EngineProcess, startEngineProcess } from '../support/engineProcess.ts';
import { filesThatHold } from '../support/filesThatHold.ts';
import { freePort } from '../support/freePort.ts';
import { useScope } from '../support/scope.ts';
import { listenToAll } from '../support/secrets/listenToAll.ts';
import {
  ALL_FORMS,
  HEADERS,
  mirrorWithSecrets,
  SECRETS,
  secretsIn,
  withSecrets,
} from '../support/secrets/plantedSecrets.ts';
import { answerStatus, loginPage, redirectTo } from '../support/servers/answers.ts';
import type { Handler } from '../support/servers/exchange.ts';
import { type HttpServer, startHttpServer } from '../support/servers/httpServer.ts';
import { startProxyServer } from '../support/servers/proxyServer.ts';
import { startRawServer } from '../support/servers/rawServer.ts';
import type { RequestLog } from '../support/servers/requestLog.ts';
import { type ServedFile, serveFile } from '../support/servers/serveFile.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';
import { CliFixture, hasReceived } from './cliFixture.ts';

const MIB = 1 << 20;

describe('planted secrets', () => {
  const scope = useScope();
  const content = new Content(8 * MIB, 13);

  interface Ground {
    /** What the user was given links to. */
    readonly origin: HttpServer;
    /** Where a redirect leads: another origin, which must learn nothing but its own link. */
    readonly store: HttpServer;
    /** A mirror, with a login of its own. */
    readonly mirror: HttpServer;
    readonly file: ServedFile;
  }

  async function openGround(): Promise<Ground> {
    const file: ServedFile = { content, body: () => ({ bytesPerSecond: MIB }) };
    const store = await startHttpServer(scope, { '/signed.bin': serveFile(file) });
    const mirror = await startHttpServer(scope, { '/f.bin': serveFile(file) });
    const away: Handler = redirectTo(`${store.origin}/signed.bin?X-Amz-Signature=${SECRETS.signature}`);
    const circle: Handler = redirectTo(({ logged }) => `/circle.bin?sig=${SECRETS.signature}${logged.number % 2}`);
    const origin = await startHttpServer(scope, {
      '/f.bin': serveFile(file),
      '/away.bin': away,
      '/gone.bin': answerStatus(404),
      '/locked.bin': answerStatus(401, { 'WWW-Authenticate': 'Basic realm="x"' }),
      '/login.bin': loginPage,
      '/circle.bin': circle,
      '/unsafe.bin': redirectTo(`ftp://${SECRETS.user}@files.invalid/f.bin?sig=${SECRETS.signature}`),
      '/nonsense.bin': redirectTo(`http://[${SECRETS.signature}`),
    });
    return { origin, store, mirror, file };
  }

  /** No file of the engine's or beside the downloads holds any of them. */
  function assertWrittenNowhere(...folders: readonly string[]): void {
    for (const folder of folders) assert.deepEqual(filesThatHold(folder, ALL_FORMS), []);
  }

  function assertNotTold(told: ReadonlyMap<string, readonly string[]>): void {
    for (const [name, texts] of told) {
      for (const text of texts) assert.deepEqual(secretsIn(text), [], `${name}: ${text}`);
    }
  }

  /** The store was asked, by the signed link alone; the mirror got its own login and nothing else. */
  function assertOnlyOwn(log: RequestLog, own: readonly string[]): void {
    assert.ok(log.requests.length > 0, 'it was asked');
    assert.deepEqual(
      secretsIn(log.everythingTold()).filter((secret) => !own.includes(secret)),
      [],
    );
  }

  it('stay out of every file, event, log line and snapshot of an engine, while it works, fails, dies and goes on', async () => {
    const { origin, store, mirror, file } = await openGround();
    const raw = await startRawServer(scope, (socket, head) => socket.end(`HTTP/1.1 nonsense\r\n${head}\r\n\r\n`));
    const [stateFolder, folder] = [join(tempFolder(scope), 'state'), tempFolder(scope)];
    const start = async (): Promise<{ engine: EngineProcess; client: EngineClient; told: Map<string, string[]> }> => {
      const engine = await startEngineProcess(scope, { stateFolder, folder });
      const client = await engine.client();
      const { told } = await listenToAll(client);
      await client.request('configure', { ...DEFAULT_SETTINGS, parallelTasks: 20, lanesPerTask: 2, logLevel: 'trace' });
      return { engine, client, told };
    };
    const { engine, client, told } = await start();
    const running = [
      await client.add(withSecrets(origin.origin, '/f.bin'), { headers: HEADERS }),
      await client.add(withSecrets(origin.origin, '/away.bin'), { headers: HEADERS }),
      await client.add(withSecrets(origin.origin, '/f.bin'), {
        headers: HEADERS,
        mirrors: [mirrorWithSecrets(mirror.origin, '/f.bin')],
      }),
    ];
    const failing: string[] = [];
    for (const path of ['gone', 'locked', 'login', 'circle', 'unsafe', 'nonsense']) {
      failing.push(await client.add(withSecrets(origin.origin, `/${path}.bin`), { headers: HEADERS }));
    }
    failing.push(await client.add(withSecrets(raw.origin, '/f.bin'), { headers: HEADERS }));
    failing.push(await client.add(withSecrets(`http://127.0.0.1:${await freePort()}`, '/f.bin'), { headers: HEADERS }));
    // A host of its own: it wants to be left alone by all tasks.
    const busy = await startHttpServer(scope, { '/busy.bin': answerStatus(503, { 'Retry-After': '3600' }) });
    await client.add(withSecrets(busy.origin, '/busy.bin'), { headers: HEADERS });

    for (const id of running) await client.received(id, MIB);
    await waitFor('the resume records', () => ['f', 'away'].every((name) => hasRecord(join(folder, `${name}.bin`))));
    for (const id of failing) await client.failed(id);
    assertWrittenNowhere(stateFolder, folder);
    const { address } = await client.request('link', { id: failing[0] ?? '' });
    assert.deepEqual(secretsIn(address), [SECRETS.query], 'a copied link keeps its query, and loses its login');

    await engine.kill();
    assertWrittenNowhere(stateFolder, folder);
    const again = await start();
    for (const id of running) assert.equal((await again.client.paused(id))?.code, 'credentials-needed');
    delete file.body;
    const given = ['/f.bin', '/away.bin', '/f.bin'].map((path) => withSecrets(origin.origin, path));
    for (const [n, id] of running.entries()) {
      const mirrors = n === 2 ? { mirrors: [mirrorWithSecrets(mirror.origin, '/f.bin')] } : {};
      const secrets = { address: given[n] ?? '', headers: HEADERS, ...mirrors };
      await again.client.request('provideSecrets', { id, secrets });
    }
    for (const id of running) {
      await again.client.until(id, 'to go on', ({ status }) => status.state !== 'paused');
      await again.client.completed(id);
    }
    assertWrittenNowhere(stateFolder, folder);
    assertNotTold(told);
    assertNotTold(again.told);
    assert.ok((told.get('log') ?? []).length > 0 && (told.get('download_chunk_started') ?? []).length > 0);
    assertOnlyOwn(store.log, [SECRETS.signature]);
    const mirrorLogin = Buffer.from(`${SECRETS.mirrorUser}:${SECRETS.mirrorPassword}`).toString('base64');
    assertOnlyOwn(mirror.log, [SECRETS.mirrorQuery, mirrorLogin]);
  });

  it('a mirror and a fresh address that are given later are as secret as the first ones', async () => {
    const { origin, mirror, file } = await openGround();
    const [stateFolder, folder] = [join(tempFolder(scope), 'state'), tempFolder(scope)];
    const engine = await startEngineProcess(scope, { stateFolder, folder });
    const client = await engine.client();
    const { told } = await listenToAll(client);
    await client.request('configure', { ...DEFAULT_SETTINGS, lanesPerTask: 2, logLevel: 'trace' });
    const id = await client.add(`${origin.origin}/f.bin`);
    await client.received(id, MIB);
    await client.request('addMirror', { id, address: mirrorWithSecrets(mirror.origin, '/f.bin') });
    await waitFor('the mirror to be asked', () => mirror.log.requests.length > 0);
    await client.request('pause', { id });
    assert.equal(await client.paused(id), null);
    await client.request('replaceAddress', { id, address: withSecrets(origin.origin, '/f.bin') });
    assertWrittenNowhere(stateFolder, folder);
    delete file.body;
    await client.request('resume', { id });
    await client.completed(id);
    assertWrittenNowhere(stateFolder, folder);
    assertNotTold(told);
  });

  it("a proxy's password is sent to the proxy alone, and written and told nowhere", async () => {
    const { origin, file } = await openGround();
    delete file.body;
    const credentials = { user: SECRETS.proxyUser, password: SECRETS.proxyPassword };
    const proxy = await startProxyServer(scope, { credentials });
    const login = `${SECRETS.proxyUser}:${encodeURIComponent(SECRETS.proxyPassword)}`;
    const good = proxy.address.replace('//', `//${login}@`);
    const [stateFolder, folder] = [join(tempFolder(scope), 'state'), tempFolder(scope)];
    const engine = await startEngineProcess(scope, { stateFolder, folder });
    const client = await engine.client();
    const { told } = await listenToAll(client);
    await client.request('configure', { ...DEFAULT_SETTINGS, logLevel: 'trace' });
    const bad = [
      // Another password than it wants; nobody there; no proxy at all.
      proxy.address.replace('//', `//${SECRETS.proxyUser}:${SECRETS.apiKey}@`),
      `http://${login}@127.0.0.1:${await freePort()}`,
      `socks5://${login}@127.0.0.1:1080`,
    ];
    for (const address of bad) {
      await client.request('network', { ...DEFAULT_NETWORK, proxy: address });
      await client.failed(await client.add(withSecrets(origin.origin, '/f.bin'), { headers: HEADERS }));
    }
    const authorization = `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
    for (const network of [{ proxy: good }, { proxy: proxy.address, proxyAuthorization: authorization }]) {
      await client.request('network', { ...DEFAULT_NETWORK, ...network });
      await client.completed(await client.add(withSecrets(origin.origin, '/f.bin'), { headers: HEADERS }));
      assertWrittenNowhere(stateFolder, folder);
    }
    assertNotTold(told);
    const ofProxy = [SECRETS.proxyUser, SECRETS.proxyPassword, authorization.slice('Basic '.length)];
    const toldOrigin = secretsIn(origin.log.everythingTold());
    assert.deepEqual(
      toldOrigin.filter((secret) => ofProxy.includes(secret)),
      [],
      "the origin knows nothing of the proxy's",
    );
  });

  describe('on the command line', () => {
    const options = [...Object.entries(HEADERS).flatMap(([name, value]) => ['-H', `${name}: ${value}`]), '--json'];
    const loud = [...options, '--events', '--log', 'trace'];

    it('are in no output, whether it completes or fails, and in no file', async () => {
      const { origin, store, file } = await openGround();
      delete file.body;
      const cli = new CliFixture(scope);
      const paths = ['f', 'away', 'gone', 'locked', 'login', 'circle', 'unsafe', 'nonsense'];
      for (const path of paths) {
        const link = withSecrets(origin.origin, `/${path}.bin`);
        for (const args of [loud, loud.filter((option) => option !== '--json')]) {
          const { stdout, stderr } = await cli.run(['get', link, ...args]);
          assert.ok(stdout + stderr !== '');
          assert.deepEqual(secretsIn(stdout + stderr), [], `${path}: ${stdout}${stderr}`);
        }
      }
      assert.deepEqual(cli.files(), ['away (1).bin', 'away.bin', 'f (1).bin', 'f.bin']);
      assertWrittenNowhere(cli.cwd, cli.env.HOME ?? '');
      assertOnlyOwn(store.log, [SECRETS.signature]);
    });

    it('are in no file when it is killed, and the same command goes on', async () => {
      const { origin, file } = await openGround();
      const cli = new CliFixture(scope);
      const link = withSecrets(origin.origin, '/f.bin');
      const running = cli.start(['get', link, ...loud]);
      await running.line('some megabytes', hasReceived(2 * MIB));
      running.signal('SIGKILL');
      await running.result;
      assert.ok(hasRecord(cli.path('f.bin')));
      assertWrittenNowhere(cli.cwd, cli.env.HOME ?? '');
      delete file.body;
      const { exitCode, stdout, stderr } = await cli.run(['get', link, ...loud]);
      assert.equal(exitCode, 0);
      assert.deepEqual(secretsIn(stdout + stderr), []);
      assertWrittenNowhere(cli.cwd, cli.env.HOME ?? '');
    });

    it('of a proxy: neither told nor written, right or wrong', async () => {
      const { origin, file } = await openGround();
      delete file.body;
      const credentials = { user: SECRETS.proxyUser, password: SECRETS.proxyPassword };
      const proxy = await startProxyServer(scope, { credentials });
      const cli = new CliFixture(scope);
      for (const [password, expected] of [
        [SECRETS.proxyPassword, 0],
        [SECRETS.apiKey, 3],
      ] as const) {
        const address = proxy.address.replace('//', `//${SECRETS.proxyUser}:${encodeURIComponent(password)}@`);
        const link = withSecrets(origin.origin, '/f.bin');
        const { exitCode, stdout, stderr } = await cli.run(['get', link, '--proxy', address, ...loud]);
        assert.equal(exitCode, expected, stderr);
        assert.deepEqual(secretsIn(stdout + stderr), [], stdout + stderr);
      }
      assertWrittenNowhere(cli.cwd, cli.env.HOME ?? '');
    });
  });
});

/** A record of the part exists and can be read, so that there is something to look into. */
function hasRecord(targetPath: string): boolean {
  const path = `${targetPath}.part.json`;
  return existsSync(path) && readFileSync(path, 'utf8').includes('done');
}
