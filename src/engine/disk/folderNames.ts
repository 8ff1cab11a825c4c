import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** As long as somebody else's new file may go unnoticed; whatever is given a name notices it at the latest. */
const REMEMBERED_MS = 250;
/** In a folder with more names looking for single ones is quicker. */
const MOST_NAMES = 5000;
const REMEMBERED_BIG_MS = 10_000;

export const ASIDE_PREFIX = '.tributary-';

interface Look {
  /** Null: the folder is big, or cannot be listed. */
  readonly names: Promise<Names | null>;
}

class Names {
  readonly #all = new Set<string>();
  readonly asides = new Set<string>();

  add(name: string): void {
    const key = keyOf(name);
    this.#all.add(key);
    if (key.startsWith(ASIDE_PREFIX)) this.asides.add(key);
  }

  has(name: string): boolean {
    return this.#all.has(keyOf(name));
  }
}

/**
 * Which names there are in a folder, as of a moment ago. A thousand small files into one folder ask four times each whether
 * something is there; reading the folder a few times costs a hundredth of that.
 */
const looks = new Map<string, Look>();

/** False: nothing stood at that path a moment ago. True: something may. */
export async function mayExist(path: string): Promise<boolean> {
  const names = await namesIn(dirname(path));
  return names === null || names.has(basename(path));
}

/** Names of files that were written aside (see aside.ts), in lower case; none when the folder is too big to be listed. */
export async function asideNames(folder: string): Promise<readonly string[]> {
  const names = await namesIn(folder);
  return names === null ? [] : [...names.asides];
}

/** This process has put a file there. */
export function nameAdded(path: string): void {
  const look = looks.get(dirname(path));
  // Also to names that are being read now, and may have been read before it was there.
  void look?.names.then((names) => names?.add(basename(path)));
}

/** What is in the folder has to be looked at anew. */
export function forgetNames(folder: string): void {
  looks.delete(folder);
}

function namesIn(folder: string): Promise<Names | null> {
  const known = looks.get(folder);
  if (known !== undefined) return known.names;
  const look: Look = { names: readNames(folder) };
  looks.set(folder, look);
  void look.names.then((names) => {
    if (looks.get(folder) !== look) return;
    const forMs = names === null ? REMEMBERED_BIG_MS : REMEMBERED_MS;
    const forget = (): void => {
      if (looks.get(folder) === look) looks.delete(folder);
    };
    setTimeout(forget, forMs).unref();
  });
  return look.names;
}

async function readNames(folder: string): Promise<Names | null> {
  try {
    const found = await readdir(folder);
    if (found.length > MOST_NAMES) return null;
    const names = new Names();
    for (const name of found) names.add(name);
    return names;
  } catch {
    return null;
  }
}

/** Equal for all names that some file system takes for the same one. */
function keyOf(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
