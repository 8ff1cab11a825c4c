import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { isRunning, ownIdentity, ProcessIdentity } from './processIdentity.ts';

const STALE_TAKEOVER_MS = 10_000;

const Owner = v.object({ ...ProcessIdentity.entries, nonce: v.string() });

/** Exclusive ownership of a state folder. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes `engine.lock`, or returns null while another living process has it. The file names its owner, so that a killed
 * owner's lock is taken over at once; a lock that is kept alive by time stamps (as the npm packages do it) would make
 * every restart after a crash wait for the stamps to age.
 */
export async function lockFolder(folder: string): Promise<FolderLock | null> {
  const path = join(folder, 'engine.lock');
  const mine = { ...ownIdentity(), nonce: randomUUID() };
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await createWhole(path, JSON.stringify(mine))) return { release: () => releaseOwn(path, mine.nonce) };
    const owner = await readOwner(path);
    if (owner !== null && isRunning(owner)) return null;
    await removeStale(path, owner?.nonce ?? null);
  }
  return null;
}

/** Writes aside and links: the lock appears with its content or not at all, and never over another one. */
async function createWhole(path: string, text: string): Promise<boolean> {
  const aside = `${path}.${randomUUID()}`;
  await writeFile(aside, text, { mode: 0o600 });
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // No hard links on this file system: exclusive creation is nearly as good (a crash between the two calls leaves an empty lock).
    return writeFile(path, text, { mode: 0o600, flag: 'wx' }).then(
      () => true,
      () => false,
    );
  } finally {
    await rm(aside, { force: true });
  }
}

/**
 * Two processes may find the same stale lock. Without this gate the slower one would delete the faster one's new lock;
 * behind it the owner is read again.
 */
async function removeStale(path: string, nonce: string | null): Promise<void> {
  const gate = `${path}.takeover`;
  try {
    await writeFile(gate, '', { flag: 'wx' });
  } catch {
    const age = await stat(gate).then(
      (s) => Date.now() - s.mtimeMs,
      () => 0,
    );
    if (age > STALE_TAKEOVER_MS) await rm(gate, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    return;
  }
  try {
    const now = await readOwner(path);
    if ((now?.nonce ?? null) === nonce) await rm(path, { force: true });
  } finally {
    await rm(gate, { force: true });
  }
}

async function releaseOwn(path: string, nonce: string): Promise<void> {
  const owner = await readOwner(path);
  if (owner?.nonce === nonce) await unlink(path).catch(() => {});
}

async function readOwner(path: string): Promise<v.InferOutput<typeof Owner> | null> {
  try {
    const parsed = v.safeParse(Owner, JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
