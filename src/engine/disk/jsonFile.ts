import { createHash, randomBytes } from 'node:crypto';
import { access, readFile, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFile } from 'atomically';
import { Turns } from '../../kit/turns.ts';
import { toDiskError } from './diskError.ts';

/** By path: what was given last is what stays. */
const writes = new Turns();

/**
 * Replaces a JSON file atomically: after a crash it holds the old or the new text, never half of one.
 * @param options.durable it has to survive a power cut. @default true
 * @throws TributaryError `disk-*`, `folder-unwritable`
 */
export function writeJson(path: string, value: unknown, options: { durable?: boolean } = {}): Promise<void> {
  const text = JSON.stringify(value);
  return writes.take(() => replaceText(path, text, { durable: options.durable ?? true }), path);
}

async function replaceText(path: string, text: string, options: { durable: boolean }): Promise<void> {
  const aside = asideOf(path);
  used.add(aside);
  try {
    // The library would make a missing folder anew, under the mount point of a volume that is gone, say.
    await access(dirname(path));
    await writeFile(path, text, {
      mode: 0o600,
      fsync: options.durable,
      // The library cuts long temporary names by characters, not bytes; a short one of our own always fits.
      tmpCreate: () => aside,
      // It would delete it on a signal, under the hands of the last record that is written then.
      tmpPurge: false,
      // It repeats a busy rename until this: long enough for a virus scanner, short enough to notice.
      timeout: 5000,
    });
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {});
    throw toDiskError(error, path);
  }
  used.delete(aside);
}

/** Names under which files are written aside now; one that failed is not used again, because the library still holds it. */
const used = new Set<string>();

/** The same name every time, so that what a killed process has left is written over by the next one. */
function asideOf(path: string): string {
  const name = createHash('sha256').update(path).digest('hex').slice(0, 12);
  const usual = join(dirname(path), `.tributary-${name}.tmp`);
  return used.has(usual) ? join(dirname(path), `.tributary-${randomBytes(6).toString('hex')}.tmp`) : usual;
}

/** The parsed text; undefined when the file is missing, unreadable or torn. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Deletes a file; one that is not there is fine. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw toDiskError(error, path);
  }
}
