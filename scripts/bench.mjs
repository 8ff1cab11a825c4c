// npm run bench [-- scenario numbers] [--rounds n] [--size MiB] [--seed n] [--target folder] [--quick]
// Brings the programs that ours is compared with, builds for production, and runs test/bench/main.ts.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cacheFolder.mjs';
import { npmCommand, npmEnvironment } from './npmCommand.mjs';
import { handOver, projectNode, QUIET_TYPES, root, underProjectNode } from './projectNode.mjs';
import { endChildrenOnStop, runChild } from './runChild.mjs';
import { findProgram, systemPrograms } from './systemPrograms.mjs';
import { node } from './tool.mjs';

const IPULL = 'ipull@4.0.3';
/** Name → command. The bench names those that cannot be had. */
const PEERS = { curl: 'curl', aria2: 'aria2c', axel: 'axel', wget2: 'wget2' };

try {
  await underProjectNode();
  const keepRunning = endChildrenOnStop();
  const programs = await bringPrograms();
  const names = ['cli', 'engine', 'hashWorker', 'ipfsNode'];
  const { ok } = await node(['esbuild.js', '--production', ...names], { deadlineMs: 120_000 });
  if (!ok) throw new Error('The build failed.');
  keepRunning();
  const args = [QUIET_TYPES, join(root, 'test', 'bench', 'main.ts'), ...process.argv.slice(2)];
  const env = { ...process.env, TRIBUTARY_BENCH_PROGRAMS: JSON.stringify(programs) };
  process.exitCode = await handOver(projectNode, args, { env, cwd: root });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function bringPrograms() {
  if (process.platform !== 'linux') throw new Error('The bench reads the kernel of Linux for its figures.');
  const { nginx } = await systemPrograms(['nginx', 'openssl', 'time']);
  // One that cannot be had is no reason not to compare with the others.
  await systemPrograms(Object.keys(PEERS)).catch((error) => console.error(error.message));
  const found = Object.entries(PEERS).map(([name, command]) => [name, findProgram(command)]);
  return { nginx, ...Object.fromEntries(found), ipull: await ipull() };
}

/** The npm peer, kept with the other big things outside the checkout. @returns {Promise<string | null>} its command's script */
async function ipull() {
  const folder = join(cacheFolder(), IPULL.replace('@', '-'));
  const script = join(folder, 'node_modules', 'ipull', 'dist', 'cli', 'cli.js');
  if (existsSync(script)) return script;
  await mkdir(cacheFolder(), { recursive: true });
  // Made under another name and renamed: the folder is complete or not there.
  const unfinished = await mkdtemp(`${folder}.unfinished-`);
  try {
    await writeFile(join(unfinished, 'package.json'), '{ "private": true }\n');
    const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', unfinished, IPULL];
    const { command, args, shell } = npmCommand(install);
    const options = { cwd: unfinished, env: npmEnvironment(), shell, deadlineMs: 120_000, quiet: true };
    const { ok, reason } = await runChild(command, args, options);
    if (!ok) throw new Error(`${IPULL} could not be installed: ${reason}.`);
    await rename(unfinished, folder);
  } catch (error) {
    if (!existsSync(script)) console.error(error.message);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return existsSync(script) ? script : null;
}
