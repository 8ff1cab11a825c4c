import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { TributaryError } from '../contract/errors.ts';
import { listFiles, makePrivateFolder } from './disk/folder.ts';
import { readJson, removeFile, writeJson } from './disk/jsonFile.ts';
import type { Environment } from './net/proxy.ts';

const Pointer = v.object({ stateFolder: v.string() });

/** @throws TributaryError `folder-missing`: the user has none, and no HOME says otherwise */
function ownHome(): string {
  try {
    return homedir();
  } catch (error) {
    throw new TributaryError('folder-missing', { path: '~', reason: 'HOME is not set' }, { cause: error });
  }
}

/**
 * The user's data folder of Tributary: `$XDG_DATA_HOME/tributary` or `~/.local/share/tributary`, on macOS
 * `~/Library/Application Support/Tributary`, on Windows `%LOCALAPPDATA%\Tributary`.
 */
export function userDataFolder(env: Environment, platform: NodeJS.Platform): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(ownHome(), 'AppData', 'Local'), 'Tributary');
  if (platform === 'darwin') return join(ownHome(), 'Library', 'Application Support', 'Tributary');
  return join(env.XDG_DATA_HOME || join(ownHome(), '.local', 'share'), 'tributary');
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
