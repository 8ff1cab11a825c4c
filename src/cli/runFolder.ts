import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, listFiles } from '../engine/disk/folder.ts';
import { readJson } from '../engine/disk/jsonFile.ts';

/** State folder of one `get`, among those of the other runs of this user. */
export function runFolderOf(runningFolder: string, pid: number): string {
  return join(runningFolder, String(pid));
}

/** Removes the folder of a run that has ended. */
export async function removeRunFolder(runningFolder: string, pid: number): Promise<void> {
  await rm(runFolderOf(runningFolder, pid), { recursive: true, force: true });
}

/** Clears away what killed runs have left behind: their folders, and what points to a folder that is gone. */
export async function sweepRunFolders(runningFolder: string, isAlive: (pid: number) => boolean): Promise<void> {
  const names = await listFiles(runningFolder);
  const deadPids = names.filter((name) => /^\d+$/.test(name) && !isAlive(Number(name)));
  await Promise.all(deadPids.map((name) => removeRunFolder(runningFolder, Number(name))));
  for (const name of names.filter((candidate) => candidate.endsWith('.json'))) {
    const pointer = await readJson(join(runningFolder, name));
    if (typeof pointer !== 'object' || pointer === null || !('stateFolder' in pointer)) continue;
    const gone = typeof pointer.stateFolder === 'string' && !(await exists(pointer.stateFolder));
    if (gone) await rm(join(runningFolder, name), { force: true });
  }
}
