import { link, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toDiskError } from './diskError.ts';
import { exists } from './folder.ts';

/** File systems without hard links (FAT, some network mounts) answer with one of these. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES']);

/**
 * Gives the complete, flushed part file its final name. Never over another file unless `replace`: a link is refused by the
 * kernel when the name is taken, which a check before a rename could miss.
 * @throws TributaryError `file-exists`, `disk-error`, `folder-unwritable`
 */
export async function finishFile(partPath: string, targetPath: string, options: { replace: boolean }): Promise<void> {
  try {
    if (options.replace) await rename(partPath, targetPath);
    else await moveWithoutReplacing(partPath, targetPath);
    await syncFolder(dirname(targetPath));
  } catch (error) {
    throw toDiskError(error, targetPath);
  }
}

async function moveWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    if (await exists(to)) throw Object.assign(new Error('exists'), { code: 'EEXIST' });
    await rename(from, to);
    return;
  }
  await unlink(from);
}

/** The new name survives a power cut only when the folder was flushed too; Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    // Some network file systems refuse to flush folders, and some folders cannot be opened; the rename has happened.
    const harmless = ['EINVAL', 'ENOTSUP', 'EPERM', 'EBADF', 'EACCES'];
    if (!harmless.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
