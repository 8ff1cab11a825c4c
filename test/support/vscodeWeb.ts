import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { descendantsOf, isAlive } from './childProcesses.ts';
import { endChild } from './endChild.ts';
import type { Scope } from './scope.ts';
import { waitFor } from './waitFor.ts';

/** What keeps VS Code quiet in a test: no trust question, no welcome page, nothing of its own in the side bars. */
const QUIET_SETTINGS = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  // The workspace may lie in this checkout, which is not the one that is worked on there.
  'git.openRepositoryInParentFolders': 'never',
};

export interface VscodeWebOptions {
  /** Folder whose `out/server-main.js` is the server (see scripts/webVscode.mjs). @default $TRIBUTARY_VSCODE_WEB */
  readonly serverFolder?: string;
  /** A fresh folder: the profile, the extensions and the engine's state live in it. */
  readonly dataFolder: string;
  /** A packaged extension to install first. @default none */
  readonly vsix?: string;
  /** User settings besides those that keep VS Code quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of the machine that the extension runs on, where those of scope `machine` are read. @default none */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  /**
   * Lets the address say which extension tests to run, for the price of having no notification toasts.
   * @default false
   */
  readonly runsTests?: boolean;
  /** Environment of the server, its extensions and their engine. @default this process's */
  readonly env?: NodeJS.ProcessEnv;
  /** @default 0, any free one */
  readonly port?: number;
}

/** A running VS Code server, to be opened in a browser. */
export interface VscodeWeb {
  readonly port: number;
  readonly dataFolder: string;
  /** State folder of the extension's engine: its global storage. */
  readonly stateFolder: string;
  /** Where to point the browser so that a window with this folder opens; `payload` as the workbench takes it. */
  address(folder: string, payload?: readonly (readonly [string, string])[]): string;
  /** How the workbench names a local file. */
  remoteUri(path: string): string;
}

/** Starts VS Code's server on the loopback interface; it ends, with the engine it started, when the scope closes. */
export async function startVscodeWeb(scope: Scope, options: VscodeWebOptions): Promise<VscodeWeb> {
  const serverFolder = options.serverFolder ?? process.env.TRIBUTARY_VSCODE_WEB;
  if (serverFolder === undefined) throw new Error('TRIBUTARY_VSCODE_WEB is not set; run these tests by `npm test`.');
  const main = join(serverFolder, 'out', 'server-main.js');
  const { dataFolder } = options;
  const userFolder = join(dataFolder, 'user');
  const folders = ['--server-data-dir', join(dataFolder, 'server'), '--user-data-dir', userFolder];
  const env = options.env ?? process.env;
  const stateFolder = join(userFolder, 'User', 'globalStorage', 'tributary.tributary');

  mkdirSync(join(userFolder, 'User'), { recursive: true });
  const settings = { ...QUIET_SETTINGS, ...options.settings };
  writeFileSync(join(userFolder, 'User', 'settings.json'), JSON.stringify(settings, null, 2));
  mkdirSync(join(userFolder, 'Machine'), { recursive: true });
  writeFileSync(join(userFolder, 'Machine', 'settings.json'), JSON.stringify(options.machineSettings ?? {}, null, 2));
  if (options.vsix !== undefined) {
    const install = [main, '--accept-server-license-terms', '--install-extension', options.vsix, ...folders];
    await promisify(execFile)(process.execPath, install, { env, timeout: 60_000 });
  }

  const args = [main, '--host', '127.0.0.1', '--port', String(options.port ?? 0), '--without-connection-token'];
  args.push('--accept-server-license-terms', '--telemetry-level', 'off', ...folders);
  if (options.runsTests) args.push('--enable-smoke-test-driver');
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  scope.defer(async () => {
    // Extension hosts outlive their server by some seconds, and would start the engine again that is ended below.
    const hosts = child.pid === undefined ? [] : descendantsOf(child.pid);
    await endChild(child);
    for (const pid of hosts.filter(isAlive)) process.kill(pid, 'SIGTERM');
    await waitFor('the extension hosts to end', () => !hosts.some(isAlive));
    await endEngine(stateFolder);
  });
  const port = await announcedPort(child);

  return {
    port,
    dataFolder,
    stateFolder,
    // A webview needs a secure context with a service worker, which browsers grant to `localhost` and not to 127.0.0.1.
    address: (folder, payload = []) => {
      const asked = payload.length > 0 ? `&payload=${encodeURIComponent(JSON.stringify(payload))}` : '';
      return `http://localhost:${port}/?folder=${encodeURI(folder)}${asked}`;
    },
    remoteUri: (path) => `vscode-remote://localhost:${port}${path}`,
  };
}

async function announcedPort(child: ChildProcess): Promise<number> {
  let port: number | undefined;
  // Read to the end, or the server would block on a full pipe.
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    const announced = /^Extension host agent listening on (\d+)/.exec(line)?.[1];
    if (announced !== undefined) port = Number(announced);
  });
  return waitFor('VS Code to listen', () => {
    if (child.exitCode !== null) throw new Error(`VS Code's server ended with ${child.exitCode}`);
    return port;
  });
}

/** Process id of the engine that owns a state folder; null when none has introduced itself there. */
export function enginePid(stateFolder: string): number | null {
  try {
    const { pid } = JSON.parse(readFileSync(join(stateFolder, 'engine.json'), 'utf8'));
    process.kill(pid, 0);
    return pid;
  } catch {
    return null;
  }
}

/** The engine outlives VS Code by design, so nobody else would end it before its minute of idleness. */
export async function endEngine(stateFolder: string): Promise<void> {
  const pid = enginePid(stateFolder);
  if (pid === null) return;
  process.kill(pid, 'SIGTERM');
  await waitFor('the engine to end', () => enginePid(stateFolder) !== pid);
}
