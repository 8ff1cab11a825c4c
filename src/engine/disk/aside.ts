import { hash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { isSameFileOnDisk } from './folder.ts';
import { ASIDE_PREFIX, asideNames } from './folderNames.ts';
import { removeFile } from './jsonFile.ts';
import { isRunning, ownIdentity, type ProcessIdentity } from './processIdentity.ts';

const NAME = /^\.tributary-[0-9a-f]{12}-([0-9a-f]{12})-([0-9]+)-([0-9a-z]+)-[0-9]+\.tmp$/;
const NO_TICKS = 'x';

let count = 0;

/**
 * Where a small file is written before it gets its name. The path is of this process alone, so that nobody writes into
 * what is about to become somebody's file; it tells of which file and version it is, so that what a killed process has left
 * is recognised (it may be the second name of the finished file) and taken away when that file is downloaded again.
 */
export function asidePath(targetPath: string, version: string): string {
  const { pid, startTicks } = ownIdentity();
  count++;
  const name = `${prefixOf(targetPath)}${digest(version)}-${pid}-${startTicks ?? NO_TICKS}-${count}.tmp`;
  return join(dirname(targetPath), name);
}

/**
 * The file of that version got its name, but the process ended before it could write that down: it still has its first
 * name, which is taken away now. False: whatever stands there is something else.
 */
export async function removeFirstName(targetPath: string, version: string): Promise<boolean> {
  for (const aside of await asidesOf(targetPath)) {
    if (aside.version !== digest(version) || !(await isSameFileOnDisk(aside.path, targetPath))) continue;
    await removeFile(aside.path);
    return true;
  }
  return false;
}

/** Takes away what processes that have ended left of that file. */
export async function removeLeftAsides(targetPath: string): Promise<void> {
  for (const { path, owner } of await asidesOf(targetPath)) if (!isRunning(owner)) await removeFile(path);
}

interface Aside {
  readonly path: string;
  readonly version: string;
  readonly owner: ProcessIdentity;
}

async function asidesOf(targetPath: string): Promise<Aside[]> {
  const folder = dirname(targetPath);
  const names = await asideNames(folder);
  // As good as always.
  if (names.length === 0) return [];
  const prefix = prefixOf(targetPath);
  return names.flatMap((name) => {
    if (!name.startsWith(prefix)) return [];
    const [, version = '', pid, ticks = NO_TICKS] = NAME.exec(name) ?? [];
    if (pid === undefined) return [];
    const owner = { pid: Number(pid), startTicks: ticks === NO_TICKS ? null : ticks };
    return [{ path: join(folder, name), version, owner }];
  });
}

/** In lower case, as names are remembered. */
function prefixOf(targetPath: string): string {
  return `${ASIDE_PREFIX}${digest(basename(targetPath))}-`;
}

function digest(text: string): string {
  return hash('sha256', text).slice(0, 12);
}
