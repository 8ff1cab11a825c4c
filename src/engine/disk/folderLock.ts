import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { sleep } from '../../kit/abort.ts';
import { touch } from './plainFile.ts';
import { isRunning, ownIdentity, ownPlace, ProcessIdentity } from './processIdentity.ts';

const STALE_TAKEOVER_MS = 10_000;
/** How often an owner gives a sign of life to those who cannot see its process. */
const BEAT_MS = 4000;
/** Of an owner elsewhere: without a sign for so many beats it is gone. */
const SILENT_BEATS = 3;
/** A sign as old as this is none, however the clocks of two machines differ: after a restart of the machine nobody waits. */
const OLD_MS = 60_000;

const Owner = v.object({
  ...ProcessIdentity.entries,
  /** See `ownPlace`; missing in locks of older versions. */
  place: v.exactOptional(v.string()),
  nonce: v.string(),
});
type Owner = v.InferOutput<typeof Owner>;

/** Exclusive ownership of a state folder. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes `engine.lock`, or returns null while another living process has it. The file names its owner, so that a killed
 * owner's lock is taken over at once; a lock that is kept alive by time stamps alone (as the npm packages do it) would
 * make every restart after a crash wait for the stamps to age. Only an owner whose process cannot be seen from here, in
 * another container or on another machine that shares the folder, is watched for some beats.
 * @param options.beatMs @default 4000
 * @throws the signal's reason when aborted while it watches
 */
export async function lockFolder(
  folder: string,
  { beatMs = BEAT_MS, signal = new AbortController().signal }: { beatMs?: number; signal?: AbortSignal } = {},
): Promise<FolderLock | null> {
  const path = join(folder, 'engine.lock');
  const mine: Owner = { ...ownIdentity(), place: ownPlace(), nonce: randomUUID() };
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await createWhole(path, JSON.stringify(mine))) return hold(path, mine.nonce, beatMs);
    const owner = await readOwner(path);
    if (owner !== null && (isElsewhere(owner) ? await beats(path, owner, { beatMs, signal }) : isRunning(owner)))
      return null;
    await removeStale(path, owner?.nonce ?? null);
  }
  return null;
}

/** Whether the folder is another container's or machine's, as far as the lock tells. */
export async function isLockedElsewhere(folder: string): Promise<boolean> {
  const owner = await readOwner(join(folder, 'engine.lock'));
  return owner !== null && isElsewhere(owner);
}

function isElsewhere({ place }: Owner): boolean {
  return place !== undefined && place !== ownPlace();
}

function hold(path: string, nonce: string, beatMs: number): FolderLock {
  // Not what keeps a process alive. Where the lock is gone, nobody is misled.
  const timer = setInterval(() => void touch(path).catch(() => {}), beatMs).unref();
  return {
    release: async () => {
      clearInterval(timer);
      await releaseOwn(path, nonce);
    },
  };
}

/** Watches for a sign of life; changes are what counts, since the clocks of two machines differ. */
async function beats(
  path: string,
  { nonce }: Owner,
  { beatMs, signal }: { beatMs: number; signal: AbortSignal },
): Promise<boolean> {
  const before = await modifiedMs(path);
  if (Date.now() - before > OLD_MS) return false;
  for (let beat = 0; beat < SILENT_BEATS; beat++) {
    await sleep(beatMs, { signal });
    const owner = await readOwner(path);
    if (owner?.nonce !== nonce) return owner !== null;
    if ((await modifiedMs(path)) !== before) return true;
  }
  return false;
}

/** Opened first: a network file system then asks its server (nfs(5), close-to-open). */
async function modifiedMs(path: string): Promise<number> {
  const file = await open(path).catch(() => null);
  if (file === null) return 0;
  try {
    return (await file.stat()).mtimeMs;
  } finally {
    await file.close();
  }
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

async function readOwner(path: string): Promise<Owner | null> {
  try {
    const parsed = v.safeParse(Owner, JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
