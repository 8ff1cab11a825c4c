import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, listFiles } from '../engine/disk/folder.ts';
import { readJson } from '../engine/disk/jsonFile.ts';
import { plainFile } from '../engine/disk/plainFile.ts';
import { ownPlace } from '../engine/disk/processIdentity.ts';

/** A run elsewhere whose lock has had no sign of life for so long has ended, however the clocks differ. */
const SILENT_MS = 24 * 3_600_000;

/**
 * State folder of one `get`, among those of the other runs of this user. In containers that share a home folder process ids
 * are small and equal: the place is in the name.
 */
export function runFolderOf(runningFolder: string, pid: number, place = ownPlace()): string {
  return join(runningFolder, `${pid}-${placeId(place)}`);
}

/** Removes the folder of a run that has ended. */
export async function removeRunFolder(runningFolder: string, pid: number): Promise<void> {
  await rm(runFolderOf(runningFolder, pid), { recursive: true, force: true });
}

/** Clears away what killed runs have left behind: their folders, and what points to a folder that is gone. */
export async function sweepRunFolders(runningFolder: string, isAlive: (pid: number) => boolean): Promise<void> {
  const names = await listFiles(runningFolder);
  const sweeps = names.map(async (name) => {
    const folder = join(runningFolder, name);
    if (await isOver(folder, name, isAlive)) await rm(folder, { recursive: true, force: true });
  });
  await Promise.all(sweeps);
  for (const name of names.filter((candidate) => candidate.endsWith('.json'))) {
    const pointer = await readJson(join(runningFolder, name));
    if (typeof pointer !== 'object' || pointer === null || !('stateFolder' in pointer)) continue;
    const gone = typeof pointer.stateFolder === 'string' && !(await exists(pointer.stateFolder));
    if (gone) await rm(join(runningFolder, name), { force: true });
  }
}

/** False for what is no folder of a run. Those of earlier versions have no place in their names. */
async function isOver(folder: string, name: string, isAlive: (pid: number) => boolean): Promise<boolean> {
  const [, pid, place] = /^(\d+)(?:-([0-9a-f]{8}))?$/.exec(name) ?? [];
  if (pid === undefined) return false;
  if (place === undefined || place === placeId(ownPlace())) return !isAlive(Number(pid));
  const lock = await plainFile(join(folder, 'engine.lock')).catch(() => null);
  // Without one it has just begun.
  return lock !== null && Date.now() - lock.modifiedMs > SILENT_MS;
}

function placeId(place: string): string {
  return createHash('sha256').update(place).digest('hex').slice(0, 8);
}
