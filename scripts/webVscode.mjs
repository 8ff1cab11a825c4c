import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cacheFolder.mjs';
import { npmCommand, npmEnvironment } from './npmCommand.mjs';
import { runChild } from './runChild.mjs';

/** Holds VS Code 1.139.1's server and web workbench. */
const PACKAGE = 'code-server@4.139.1';
const NEEDED_BYTES = 1_500_000_000;
const ABANDONED_AFTER_MS = 24 * 3600_000;

/**
 * A complete VS Code for the browser from the package registry, which can be had where nothing else can be reached.
 * @returns {Promise<string>} the folder whose `out/server-main.js` is the server
 */
export async function webVscode() {
  const cache = cacheFolder();
  const folder = join(cache, PACKAGE.replace('@', '-'));
  const server = join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
  if (existsSync(folder)) return server;

  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const { bavail, bsize } = await statfs(cache);
  if (bavail * bsize < NEEDED_BYTES) throw new Error(`VS Code for the tests needs 1.5 GB free in ${cache}.`);

  console.log(`Installing VS Code for the browser (${PACKAGE}) into ${cache} ...`);
  // Made under another name and renamed: the folder is complete or not there, also when two runs install at once.
  const unfinished = await mkdtemp(`${folder}.unfinished-`);
  const unfinishedServer = join(unfinished, 'node_modules', 'code-server', 'lib', 'vscode');
  try {
    await writeFile(join(unfinished, 'package.json'), '{ "private": true }\n');
    // Nothing is compiled: the native add-ons are only missed by the terminal and by VS Code's own log files.
    await npmInstall(unfinished, [PACKAGE]);
    await npmInstall(unfinishedServer, ['--omit=dev']);
    await rename(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    // Another run was faster.
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return server;
}

async function npmInstall(cwd, args) {
  const all = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', cwd, ...args];
  const { command, args: commandLine, shell } = npmCommand(all);
  const options = { cwd, env: npmEnvironment(), shell, deadlineMs: 300_000, quiet: true };
  const { ok, reason } = await runChild(command, commandLine, options);
  if (!ok) throw new Error(`${PACKAGE} could not be installed: ${reason}.`);
}

async function removeAbandoned(cache) {
  for (const name of await readdir(cache)) {
    if (!name.includes('.unfinished-')) continue;
    const { mtimeMs } = await stat(join(cache, name));
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(join(cache, name), { recursive: true, force: true });
  }
}
