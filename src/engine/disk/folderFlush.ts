import { open } from 'node:fs/promises';

interface Flushing {
  readonly running: Promise<void>;
  /** Begins when the running one has ended: that one may have missed what was done since it began. */
  next: Promise<void> | null;
}

const flushing = new Map<string, Flushing>();

/**
 * The names that were given in a folder before this call survive a power cut once it returns. Files that finish together
 * share a flush.
 */
export function flushFolder(folder: string): Promise<void> {
  // Windows has no such call and needs none.
  if (process.platform === 'win32') return Promise.resolve();
  const known = flushing.get(folder);
  if (known === undefined) return begin(folder);
  known.next ??= known.running.catch(() => {}).then(() => begin(folder));
  return known.next;
}

function begin(folder: string): Promise<void> {
  const flush: Flushing = { running: sync(folder), next: null };
  flushing.set(folder, flush);
  const ended = (): void => {
    // The next one takes its place in the map itself.
    if (flush.next === null) flushing.delete(folder);
  };
  flush.running.then(ended, ended);
  return flush.running;
}

async function sync(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    // Some network file systems refuse to flush folders, and some folders cannot be opened; the rename has happened.
    const harmless = ['EINVAL', 'ENOTSUP', 'EPERM', 'EBADF', 'EACCES'];
    if (!harmless.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
