import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { filesThatHold } from '../support/filesThatHold.ts';
import type { InProcessEngine } from '../support/inProcessEngine.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { basicAuthorization, onlyWithAuthorization, redirectTo } from '../support/servers/answers.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { waitFor } from '../support/waitFor.ts';

const USER = 'wilhelmina';
const PASSWORD = 'pass:w@rd!x';
const LOGIN = basicAuthorization(USER, PASSWORD);
const SECRETS = [USER, PASSWORD, encodeURIComponent(PASSWORD), LOGIN.slice('Basic '.length)];

/** Nothing of the secrets in any file, snapshot, log line or link that the engine gives out. */
async function assertKeptSecret(engine: InProcessEngine, id: string, secrets: readonly string[]): Promise<void> {
  assert.deepEqual(filesThatHold(engine.stateFolder, secrets), []);
  assert.deepEqual(filesThatHold(engine.folder, secrets), []);
  const { address } = await engine.request('link', { id });
  const told = JSON.stringify([engine.changes, await engine.request('list', undefined), engine.logLines, address]);
  for (const secret of secrets) assert.ok(!told.includes(secret), `"${secret}" was told`);
}

describe('secrets', () => {
  const scope = useScope();
  const content = new Content(4 << 20);
  const withLogin = (origin: string, path: string): string =>
    `${origin.replace('//', `//${USER}:${encodeURIComponent(PASSWORD)}@`)}${path}`;

  it('a link with user and password: they log in and are written nowhere', async () => {
    const slow = serveFile({ content, body: () => ({ bytesPerSecond: 500_000 }) });
    const { origin, log, routes } = await startHttpServer(scope, { '/f.bin': onlyWithAuthorization(LOGIN, slow) });
    const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 2 } });
    const id = await engine.add(withLogin(origin, '/f.bin'));
    const task = await engine.received(id, 1);
    await waitFor('the resume record', () => existsSync(`${task.targetPath}.part.json`));
    await assertKeptSecret(engine, id, SECRETS);
    routes.set('/f.bin', onlyWithAuthorization(LOGIN, serveFile({ content })));
    await engine.request('pause', { id });
    await engine.paused(id);
    await engine.request('resume', { id });
    await assertDownloaded(await engine.completed(id), content);
    assert.equal(basename(task.targetPath), 'f.bin');
    assert.ok(log.requests.every(({ headers, target }) => headers.authorization === LOGIN && target === '/f.bin'));
    await assertKeptSecret(engine, id, SECRETS);
    assert.equal((await engine.request('link', { id })).address, `${origin}/f.bin`);
  });

  it('a wrong password is asked about once, and not repeated in the error', async () => {
    const { origin, log } = await startHttpServer(scope, {
      '/f.bin': onlyWithAuthorization('Basic other', serveFile({ content })),
    });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(withLogin(origin, '/f.bin'));
    assertPlainError(await engine.failed(id), 'auth-required', new URL(origin).host);
    assert.equal(log.requests.length, 1);
    await assertKeptSecret(engine, id, SECRETS);
  });

  it('given headers go to the origin of the link, and to no other', async () => {
    const secrets = ['token-7f3a', 'session-99c1', 'key-55d0'];
    const headers = { Authorization: 'Bearer token-7f3a', Cookie: 'id=session-99c1', 'X-Api-Key': 'key-55d0' };
    const other = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const first = await startHttpServer(scope, {
      '/same.bin': redirectTo('/f.bin'),
      '/f.bin': serveFile({ content }),
      '/away.bin': redirectTo(`${other.origin}/f.bin`),
      '/locked.bin': redirectTo(`${other.origin}/f.bin`),
    });
    const engine = await startInProcessEngine(scope);
    await assertDownloaded(await engine.completed(await engine.add(`${first.origin}/same.bin`, { headers })), content);
    assert.ok(
      first.log.requests.every(
        (request) => request.headers['x-api-key'] === 'key-55d0' && request.headers.cookie !== undefined,
      ),
    );
    const id = await engine.add(`${first.origin}/away.bin`, { headers });
    await assertDownloaded(await engine.completed(id), content);
    await engine.completed(await engine.add(withLogin(first.origin, '/locked.bin')));
    assert.ok(other.log.requests.length > 0);
    for (const secret of [...secrets, ...SECRETS])
      assert.ok(!other.log.everythingTold().includes(secret), `the other origin was told ${secret}`);
    await assertKeptSecret(engine, id, secrets);
  });

  it('after a restart the password is needed again, nothing is lost, and the rest comes once it is given', async () => {
    const slow = serveFile({ content, body: () => ({ bytesPerSecond: 1_000_000 }) });
    const { origin, log, routes } = await startHttpServer(scope, { '/f.bin': onlyWithAuthorization(LOGIN, slow) });
    const first = await startInProcessEngine(scope, { settings: { lanesPerTask: 2 } });
    const id = await first.add(withLogin(origin, '/f.bin'));
    await first.received(id, 1 << 20);
    await first.close();
    routes.set('/f.bin', onlyWithAuthorization(LOGIN, serveFile({ content })));
    const before = log.requests.length;

    const { stateFolder, folder } = first;
    const second = await startInProcessEngine(scope, { stateFolder, folder });
    assertPlainError(await second.paused(id), 'credentials-needed', new URL(origin).host);
    const kept = second.tasks.get(id)?.receivedBytes ?? 0;
    assert.ok(kept >= 1 << 20, `${kept} bytes were kept`);
    assert.equal(log.requests.length, before, 'no question without the password');
    await second.request('provideSecrets', { id, secrets: { address: withLogin(origin, '/f.bin') } });
    if (second.tasks.get(id)?.status.state === 'paused') await second.request('resume', { id });
    await second.until(id, 'to go on', ({ status }) => status.state !== 'paused');
    await assertDownloaded(await second.completed(id), content);
    const again = log.requests.slice(before).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    assert.ok(
      again <= content.sizeBytes - kept + (512 << 10),
      `${again} bytes were sent for ${content.sizeBytes - kept}`,
    );
    await assertKeptSecret(second, id, SECRETS);
  });

  it('a private query stays out of records, lists and logs, but the link can be copied', async () => {
    const { origin } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(`${origin}/f.bin?X-Amz-Signature=deadbeef0042&part=7`);
    await engine.completed(id);
    const told = JSON.stringify([engine.changes, engine.logLines]);
    assert.ok(!told.includes('deadbeef0042'));
    assert.deepEqual(filesThatHold(engine.stateFolder, ['deadbeef0042']), []);
    assert.equal((await engine.request('link', { id })).address, `${origin}/f.bin?X-Amz-Signature=deadbeef0042&part=7`);
    assert.ok(existsSync(join(engine.folder, 'f.bin')));
  });
});
