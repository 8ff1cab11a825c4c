import { constants } from 'node:fs';
import { access, chmod, lstat, mkdir, readdir, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TributaryError } from '../../contract/errors.ts';
import { toDiskError } from './diskError.ts';

/** Of a thousand files that go into one folder, not each has to ask for it. */
const REMEMBERED_MS = 250;
/** In words, where the system's code says little. */
const REASONS: Readonly<Record<string, string>> = {
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
  ENOENT: 'the system has no room for folders there',
};
const ensured = new Map<string, { readonly atMs: number; readonly done: Promise<void> }>();

/**
 * Makes the folder when it is missing and checks that files can be put into it; what was found out is believed for a moment.
 * @throws TributaryError `folder-missing`, `folder-unwritable`
 */
export function ensureFolder(path: string): Promise<void> {
  const nowMs = performance.now();
  const known = ensured.get(path);
  if (known !== undefined && nowMs - known.atMs < REMEMBERED_MS) return known.done;
  const entry = { atMs: nowMs, done: makeFolder(path) };
  ensured.set(path, entry);
  const forget = (): void => {
    if (ensured.get(path) === entry) ensured.delete(path);
  };
  // A failure is mended, and then asked for again at once.
  entry.done.then(() => setTimeout(forget, REMEMBERED_MS).unref(), forget);
  return entry.done;
}

async function makeFolder(path: string): Promise<void> {
  try {
    await makeFolders(path);
  } catch (error) {
    throw notMade(error, path);
  }
  try {
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new TributaryError('folder-unwritable', { path }, { cause: error });
  }
}

/**
 * The folder and those above it. Node's own way of doing so never ends where nothing can be made and the system calls that
 * "no such file", as in /proc or below a mount point whose server is away.
 */
async function makeFolders(path: string, mode?: number): Promise<void> {
  const make = async (): Promise<void> => void (await mkdir(path, { mode }));
  try {
    await make();
  } catch (error) {
    if (await isFolder(path)) return;
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    // Made by somebody else meanwhile, perhaps.
    await makeFolders(parent, mode);
    await make().catch(async (again: unknown) => {
      if (!(await isFolder(path))) throw again;
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() === true;
}

function notMade(error: unknown, path: string): TributaryError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (['EACCES', 'EPERM', 'EROFS'].includes(code))
    return new TributaryError('folder-unwritable', { path }, { cause: error });
  const reason = REASONS[code] ?? (code || message);
  return new TributaryError('folder-missing', { path, reason }, { cause: error });
}

/**
 * @param bytes still to be written
 * @throws TributaryError `disk-full` when the file system has less free space for this user; one that does not tell is trusted
 */
export async function ensureSpace(folder: string, bytes: number): Promise<void> {
  let free: number;
  try {
    const { bavail, bsize, blocks } = await statfs(folder);
    // Some network and FUSE file systems report zero for everything.
    free = blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
  } catch {
    return;
  }
  if (free < bytes) throw new TributaryError('disk-full', { path: folder });
}

/** True for whatever stands at that path, a dangling symbolic link included. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw toDiskError(error, path);
  }
}

/** True when both paths are names of one and the same file. */
export async function isSameFileOnDisk(a: string, b: string): Promise<boolean> {
  try {
    const [first, second] = await Promise.all([lstat(a, { bigint: true }), lstat(b, { bigint: true })]);
    return first.ino === second.ino && first.dev === second.dev;
  } catch {
    return false;
  }
}

/**
 * True when the file was given its name, or changed in any other way, after the other one was written. Both lie in one file
 * system, so one clock tells.
 */
export async function isChangedSince(path: string, otherPath: string): Promise<boolean> {
  try {
    const [file, other] = await Promise.all([lstat(path), lstat(otherPath)]);
    return file.ctimeMs >= other.mtimeMs;
  } catch {
    return false;
  }
}

/** Makes a folder that only this user can look into. @throws TributaryError `folder-missing`, `folder-unwritable` */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await makeFolders(path, 0o700);
    await chmod(path, 0o700);
  } catch (error) {
    throw notMade(error, path);
  }
}

/**
 * Names in a folder; none when it does not exist. One that cannot be read just now is not empty: a hub would take all of its
 * files for parts.
 * @throws TributaryError of the disk
 */
export async function listFiles(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw toDiskError(error, path, path);
  }
}
