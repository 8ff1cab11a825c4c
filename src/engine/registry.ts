import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { listFiles, makePrivateFolder } from './disk/folder.ts';
import { readJson, removeFile, writeJson } from './disk/jsonFile.ts';
import type { Environment } from './net/proxy.ts';

const Pointer = v.object({ stateFolder: v.string() });

/**
 * The user's data folder of Tributary: `$XDG_DATA_HOME/tributary` or `~/.local/share/tributary`, on macOS
 * `~/Library/Application Support/Tributary`, on Windows `%LOCALAPPDATA%\Tributary`.
 */
export function userDataFolder(env: Environment, platform: NodeJS.Platform, home: string = homedir()): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'Tributary');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Tributary');
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'tributary');
}

/** The command line finds engines by these, wherever an editor keeps its state. */
function runningFolder(): string {
  return join(userDataFolder(process.env, process.platform), 'running');
}

/** Makes an engine findable for this user's command line; the result takes it back. */
export async function registerRunning(stateFolder: string): Promise<{ unregister(): Promise<void> }> {
  const folder = runningFolder();
  await makePrivateFolder(folder);
  const path = join(folder, `${createHash('sha256').update(stateFolder).digest('hex').slice(0, 16)}.json`);
  await writeJson(path, { stateFolder }, { durable: false });
  return { unregister: () => removeFile(path) };
}

/** State folders of engines that registered; one may have died since, so each has to be tried. */
export async function listRunning(): Promise<string[]> {
  const folder = runningFolder();
  const names = (await listFiles(folder)).filter((name) => name.endsWith('.json'));
  const pointers = await Promise.all(names.map((name) => readJson(join(folder, name))));
  return pointers.flatMap((value) => {
    const parsed = v.safeParse(Pointer, value);
    return parsed.success ? [parsed.output.stateFolder] : [];
  });
}
