import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TributaryError } from '../../../src/contract/errors.ts';
import type { EngineClient } from '../../../src/editor/engineClient.ts';
import { connectToEngine, engineEnvironment, runsHere } from '../../../src/editor/engineProcess.ts';
import { hostFolder, stateFolderHere } from '../../../src/editor/stateFolder.ts';
import { makePrivateFolder } from '../../../src/engine/disk/folder.ts';
import { lockFolder } from '../../../src/engine/disk/folderLock.ts';
import { IN_CONTAINER, whyNoContainers } from '../../support/containers.ts';
import { endChild } from '../../support/endChild.ts';
import { useScope } from '../../support/scope.ts';
import { skipBecause } from '../../support/skipBecause.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { waitFor } from '../../support/waitFor.ts';

const ENGINE = join(import.meta.dirname, '../../../dist/engine.js');

describe('connectToEngine', () => {
  const scope = useScope();

  /** Connects as an extension of that version would; the engine it may have started ends with the test. */
  async function connect(stateFolder: string, version: string, engineScript = ENGINE): Promise<EngineClient> {
    const dataBefore = process.env.XDG_DATA_HOME;
    // The engine announces itself to the command line there: not in the data folder of whoever runs the tests.
    process.env.XDG_DATA_HOME = join(stateFolder, 'data');
    scope.defer(() => {
      if (dataBefore === undefined) delete process.env.XDG_DATA_HOME;
      else process.env.XDG_DATA_HOME = dataBefore;
    });
    const engine = await connectToEngine({ stateFolder, hostFolder: hostFolder(stateFolder), engineScript, version });
    const { pid } = engine.hello;
    scope.defer(async () => {
      engine.dispose();
      if (isAlive(pid)) process.kill(pid, 'SIGTERM');
      await waitFor('the engine to end', () => !isAlive(pid));
    });
    return engine;
  }

  const ownVersion = async (stateFolder: string) => {
    const engine = await connect(stateFolder, '0.0.0');
    return engine.hello.engineVersion;
  };

  it('starts an engine, and finds it again', async () => {
    const state = join(tempFolder(scope), 'state');
    const first = await connect(state, '0.0.0');
    const second = await connect(state, '0.0.0');
    assert.equal(second.hello.pid, first.hello.pid);
    assert.deepEqual(await second.request('list', undefined), { tasks: [] });
  });

  it('shares one engine between windows that start at the same time', async () => {
    const state = join(tempFolder(scope), 'state');
    const version = '0.0.0';
    const engines = await Promise.all([connect(state, version), connect(state, version), connect(state, version)]);
    assert.equal(new Set(engines.map((engine) => engine.hello.pid)).size, 1);
  });

  it('starts one of its own where another machine has the folder, and keeps to that', async function () {
    skipBecause(this, whyNoContainers());
    const state = join(tempFolder(scope), 'state');
    assert.equal(stateFolderHere(state), state);
    const env = { ...process.env, XDG_DATA_HOME: join(state, 'elsewhere') };
    const [command = '', ...args] = [...IN_CONTAINER, process.execPath, ENGINE, '--state', state];
    const elsewhere = spawn(command, args, { env, stdio: 'ignore' });
    scope.defer(() => endChild(elsewhere));
    await waitFor('the other engine', () => existsSync(join(state, 'engine.json')));
    const engine = await connect(state, '0.0.0');
    assert.ok(existsSync(join(hostFolder(state), 'engine.json')));
    assert.equal(stateFolderHere(state), hostFolder(state));
    assert.deepEqual(await engine.request('list', undefined), { tasks: [] });
    rmSync(join(state, 'engine.lock'));
    assert.equal((await connect(state, '0.0.0')).hello.pid, engine.hello.pid);
  });

  it('tells an engine that can be joined from one of another machine, or one that was killed', async () => {
    const state = join(tempFolder(scope), 'state');
    const rendezvous = join(state, 'engine.json');
    assert.equal(await runsHere(state), false);
    const engine = await connect(state, '0.0.0');
    assert.equal(await runsHere(state), true);
    const content = JSON.parse(readFileSync(rendezvous, 'utf8'));
    // Other systems do not tell where a process id means something.
    if (process.platform === 'linux') {
      writeFileSync(rendezvous, JSON.stringify({ ...content, place: 'another run of another kernel' }));
      assert.equal(await runsHere(state), false);
      writeFileSync(rendezvous, JSON.stringify(content));
    }
    process.kill(engine.hello.pid, 'SIGKILL');
    await waitFor('the engine to end', async () => !(await runsHere(state)));
    assert.ok(existsSync(rendezvous), 'the rendezvous file was left behind');
  });

  it('takes the place of an engine that was killed', async () => {
    const state = join(tempFolder(scope), 'state');
    const first = await connect(state, '0.0.0');
    const closed = new Promise<void>((resolve) => first.onDidClose(() => resolve()));
    process.kill(first.hello.pid, 'SIGKILL');
    await closed;
    await assert.rejects(first.request('list', undefined), { code: 'engine-lost' });
    assert.ok(existsSync(join(state, 'engine.json')), 'the rendezvous file was left behind');
    const second = await connect(state, '0.0.0');
    assert.notEqual(second.hello.pid, first.hello.pid);
  });

  it('asks an older engine to leave', async () => {
    const state = join(tempFolder(scope), 'state');
    const old = await connect(state, await ownVersion(state));
    const current = await connect(state, '999.0.0');
    assert.notEqual(current.hello.pid, old.hello.pid);
    assert.equal(isAlive(old.hello.pid), false);
  });

  it('asks again when an older window has put its own engine in the place of the one that left', async () => {
    const folder = tempFolder(scope);
    const state = join(folder, 'state');
    await connect(state, await ownVersion(state));
    const script = join(folder, 'slower.cjs');
    const begun = join(folder, 'begun');
    writeFileSync(
      script,
      `const { existsSync, writeFileSync } = require('node:fs');
      const isFirst = !existsSync(${JSON.stringify(begun)});
      writeFileSync(${JSON.stringify(begun)}, String(process.pid));
      if (isFirst) {
        const args = [${JSON.stringify(ENGINE)}, ...process.argv.slice(2)];
        require('node:child_process').spawn(process.execPath, args, { detached: true, stdio: 'ignore' }).unref();
        setInterval(() => existsSync(${JSON.stringify(join(state, 'engine.json'))}) && process.exit(75), 10);
      } else require(${JSON.stringify(ENGINE)});`,
    );
    const current = await connect(state, '999.0.0', script);
    assert.equal(current.hello.pid, Number(readFileSync(begun, 'utf8')));
  });

  it('starts another one when the one that had the folder was just leaving', async () => {
    const folder = tempFolder(scope);
    const state = join(folder, 'state');
    await makePrivateFolder(state);
    const lock = await lockFolder(state);
    const script = join(folder, 'noted.cjs');
    const ended = join(folder, 'ended');
    writeFileSync(
      script,
      `process.on('exit', (code) => require('node:fs').writeFileSync(${JSON.stringify(ended)}, String(code)));
      require(${JSON.stringify(ENGINE)});`,
    );
    const connecting = connect(state, '0.0.0', script);
    await waitFor('the engine that finds the folder taken', () => existsSync(ended));
    await lock?.release();
    const engine = await connecting;
    assert.deepEqual(await engine.request('list', undefined), { tasks: [] });
  });

  it('gives up at once when the engine cannot start, and says why', async () => {
    const folder = tempFolder(scope);
    const broken = join(folder, 'broken.cjs');
    writeFileSync(broken, 'process.exit(3);');
    await assert.rejects(connect(join(folder, 'state'), '0.0.0', broken), (error) => {
      assert.ok(error instanceof TributaryError);
      assert.equal(error.code, 'engine-start-failed');
      assert.match(error.message, /status 3/);
      return true;
    });
  });

  it('turns a refusal into the error that the engine meant', async () => {
    const engine = await connect(join(tempFolder(scope), 'state'), '0.0.0');
    await assert.rejects(engine.request('pause', { id: 'nothing' }), { code: 'unknown-task', args: { id: 'nothing' } });
  });
});

describe('engineEnvironment', () => {
  it('keeps proxies, and drops what would change how the engine runs', () => {
    const environment = engineEnvironment({ HTTPS_PROXY: 'http://p', NODE_OPTIONS: '--inspect', VSCODE_IPC_HOOK: 'x' });
    assert.deepEqual(environment, { HTTPS_PROXY: 'http://p', ELECTRON_RUN_AS_NODE: '1' });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
