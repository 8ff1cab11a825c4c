import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand, npmEnvironment } from './npmCommand.mjs';
import { endChildrenOnStop, runChild } from './runChild.mjs';
import { onStopRequest } from './stopRequests.mjs';

/** The checkout. */
export const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');

/** The Node the project brings along (npm package `node`), whatever the machine has. */
export const projectNode = join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);

/** The package has no "type", since its bundles are CommonJS; the TypeScript sources are modules all the same. */
export const QUIET_TYPES = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON';

const stampFile = join(root, 'node_modules', '.tributary-installed');

/**
 * The first line of every script: installs the packages when they are missing or no longer those of the lock file, and
 * goes on under the project's Node. Needs nothing but a Node from 20 on.
 */
export async function underProjectNode() {
  await installPackages();
  const here = realpathSync(process.execPath) === realpathSync(projectNode);
  if (here && process.execArgv.includes(QUIET_TYPES)) return;
  process.exit(await handOver(projectNode, [QUIET_TYPES, ...process.argv.slice(1)]));
}

async function installPackages() {
  const stamp = `${process.platform}-${process.arch} ${sha256(readFileSync(join(root, 'package-lock.json')))}\n`;
  if (existsSync(projectNode) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.log('Installing the packages of package-lock.json (npm ci) ...');
  // An older Node of the machine would be warned of at length, though only the project's Node runs what is installed.
  await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (!existsSync(projectNode)) {
    // Its own install script fetches the binary; some npm settings keep install scripts from running.
    console.log('Fetching Node 24 for the project (npm rebuild node) ...');
    await npm(['rebuild', 'node', '--ignore-scripts=false', '--foreground-scripts']);
  }
  if (!existsSync(projectNode)) throw new Error(`npm did not install Node 24 into ${projectNode}.`);
  writeFileSync(stampFile, stamp);
}

async function npm(args) {
  const { command, args: all, shell } = npmCommand(args);
  const keepRunning = endChildrenOnStop();
  try {
    const { ok, reason } = await runChild(command, all, {
      cwd: root,
      env: npmEnvironment(),
      shell,
      deadlineMs: 600_000,
    });
    if (!ok) throw new Error(`npm ${args[0]} failed: ${reason}.`);
  } finally {
    keepRunning();
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Lets another program take this one's place: same terminal, same signals, same exit code.
 * @returns {Promise<number>} the exit code
 */
export function handOver(command, args, options = {}) {
  const child = spawn(command, args, { stdio: 'inherit', ...options });
  onStopRequest((status) => {
    // A terminal's Ctrl-C reaches the child by itself: told twice, the command line would end at once.
    if (status !== 130 || !process.stdin.isTTY) child.kill(status === 130 ? 'SIGINT' : 'SIGTERM');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}
