import { link, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toDiskError } from './diskError.ts';
import { exists } from './folder.ts';
import { flushFolder } from './folderFlush.ts';
import { nameAdded } from './folderNames.ts';

/**
 * File systems without hard links (FAT, some network mounts) answer with one of these; `EISDIR` is what Windows says on exFAT
 * (nodejs/node#65817).
 */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES', 'EISDIR']);

export interface FinishOptions {
  /** True: whatever has the name makes room. */
  readonly replace: boolean;
  /** The file may keep its first name beside the final one, for somebody who takes it away later. @default false */
  readonly keepFirst?: boolean;
}

/**
 * Gives the complete, flushed file its final name. Never over another file unless `replace`: a link is refused by the
 * kernel when the name is taken, which a check before a rename could miss.
 * @returns true when the file has both names now
 * @throws TributaryError `file-exists`, `disk-error`, `folder-unwritable`
 */
export async function finishFile(firstPath: string, targetPath: string, options: FinishOptions): Promise<boolean> {
  try {
    const linked = !options.replace && (await linkOrRename(firstPath, targetPath)) === 'linked';
    if (options.replace) await rename(firstPath, targetPath);
    const keeps = linked && options.keepFirst === true;
    if (linked && !keeps) await unlink(firstPath);
    nameAdded(targetPath);
    await flushFolder(dirname(targetPath));
    return keeps;
  } catch (error) {
    throw toDiskError(error, targetPath);
  }
}

/**
 * A second name, or where there are no hard links a new one, for a file. Never over another file.
 * @throws the system's error; its code is `EEXIST` when the name is taken
 */
export async function linkOrRename(from: string, to: string): Promise<'linked' | 'renamed'> {
  try {
    await link(from, to);
    return 'linked';
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    if (await exists(to)) throw Object.assign(new Error('exists'), { code: 'EEXIST' });
    await rename(from, to);
    return 'renamed';
  }
}
