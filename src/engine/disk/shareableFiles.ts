import { constants } from 'node:fs';
import { access, lstat, open, opendir, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { BAD_SUFFIX, PART_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';
import { toDiskError, toReadError } from './diskError.ts';
import { type FileFacts, factsOf, fileFacts } from './servedFile.ts';

/** A regular file that may be shown to others. */
export interface ShareableFile extends FileFacts {
  readonly name: string;
  /** Where its bytes are: no link. */
  readonly path: string;
}

/** By owner, group and everybody else. */
const READABLE = 0o444n;

/** Files that are looked at side by side. */
const AT_ONCE = 64;

/** What a path stands for, links followed. @throws TributaryError `file-missing`, `folder-unwritable`, `disk-error` */
export async function whatIsThere(path: string): Promise<'folder' | 'file' | 'other'> {
  try {
    const stats = await stat(path);
    return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'other';
  } catch (error) {
    throw toDiskError(error, path);
  }
}

/** Whether others can be given what is there. @throws TributaryError `file-missing`, `share-unreadable`, `disk-error` */
export async function ensureReadable(path: string, kind: 'folder' | 'file'): Promise<void> {
  try {
    const opened = kind === 'folder' ? await opendir(path) : await open(path, 'r');
    await opened.close();
    // A folder whose names can be read may keep its files to itself.
    if (kind === 'folder') await access(path, constants.X_OK);
  } catch (error) {
    throw toReadError(error, path);
  }
}

/**
 * The files right in a folder. Left out are: what begins with a dot, what a download has not finished, links that lead out of
 * the folder, and what may not be read. @throws TributaryError of the disk
 */
export async function filesOfFolder(folder: string): Promise<ShareableFile[]> {
  try {
    const root = await realpath(folder);
    const names = (await readdir(root)).filter((name) => !isPrivate(name));
    const files: ShareableFile[] = [];
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const found = await Promise.all(names.slice(at, at + AT_ONCE).map((name) => fileInside(root, name)));
      files.push(...found.filter((file) => file !== null));
    }
    return files;
  } catch (error) {
    throw toReadError(error, folder);
  }
}

/** A file that was chosen by itself, whatever its name. @throws TributaryError of the disk */
export async function singleFile(path: string): Promise<ShareableFile> {
  try {
    const real = await realpath(path);
    const facts = await fileFacts(real);
    if (facts === null) throw Object.assign(new Error('no file'), { code: 'ENOENT' });
    return { ...facts, name: basename(path), path: real };
  } catch (error) {
    throw toReadError(error, path);
  }
}

async function fileInside(root: string, name: string): Promise<ShareableFile | null> {
  const path = join(root, name);
  try {
    const stats = await lstat(path, { bigint: true });
    const real = stats.isSymbolicLink() ? await realpath(path) : path;
    if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) return null;
    const facts = real === path ? factsOf(stats) : await fileFacts(real);
    if (facts === null) return null;
    // Most files may be read by everybody, which needs no further look.
    if (real !== path || (stats.mode & READABLE) !== READABLE) await access(real, constants.R_OK);
    return { ...facts, name, path: real };
  } catch {
    // It went away meanwhile, leads nowhere, or may not be read: nobody is shown what he would not get.
    return null;
  }
}

function isPrivate(name: string): boolean {
  return name.startsWith('.') || [PART_SUFFIX, RECORD_SUFFIX, BAD_SUFFIX].some((suffix) => name.endsWith(suffix));
}
