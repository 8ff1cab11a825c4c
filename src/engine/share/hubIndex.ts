import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { TributaryError } from '../../contract/errors.ts';
import { abortable, onAbort } from '../../kit/abort.ts';
import { FILES_AT_ONCE, someAtOnce } from '../../kit/someAtOnce.ts';
import { Turns } from '../../kit/turns.ts';
import { listFiles } from '../disk/folder.ts';
import { hashFile } from '../disk/hashFile.ts';
import { readJson, removeFile, writeJson } from '../disk/jsonFile.ts';
import { plainFile } from '../disk/plainFile.ts';
import type { FileState } from '../disk/readableFile.ts';
import { fidKey } from '../protocols/hub/fidKey.ts';
import { HubFileRecord } from '../protocols/hub/hubMessages.ts';

const ENTRY_SUFFIX = '.json';

const IndexEntry = v.object({
  file: HubFileRecord,
  /** Of the record: one that somebody else has written to is not believed. */
  sha256: v.string(),
  /** Of the file, when its digest was the record's; since the epoch, whole milliseconds. Entries of the first builds lack it. */
  modifiedMs: v.optional(v.number(), -1),
});

type IndexEntry = v.InferOutput<typeof IndexEntry>;

/** Where a hub keeps its files, and what it knows of them. */
export interface HubFolders {
  readonly uploads: string;
  readonly index: string;
}

/**
 * What a hub lists: an entry `<fid>.json` for each file of `uploads/`. A file that was modified since its digest was known is
 * hashed once more before anybody gets it.
 */
export class HubIndex {
  readonly #folders: HubFolders;
  readonly #entries = new Map<string, IndexEntry>();
  readonly #unread: string[] = [];
  /** Files that are being hashed, or wait for that: one at a time leaves the disk to others. */
  readonly #checks = new Map<IndexEntry, Promise<boolean>>();
  readonly #turns = new Turns();
  readonly #closing = new AbortController();

  private constructor(folders: HubFolders) {
    this.#folders = folders;
  }

  /**
   * Entries whose file was taken away or changed go, and those that make no sense. Takes as long as it takes to hash what was
   * modified. @throws TributaryError of the disk; the signal's reason
   */
  static async open(folders: HubFolders, { signal }: { signal: AbortSignal }): Promise<HubIndex> {
    const index = new HubIndex(folders);
    const link = onAbort(signal, () => index.close());
    try {
      const names = (await listFiles(folders.index)).filter((name) => name.endsWith(ENTRY_SUFFIX));
      await someAtOnce(names, FILES_AT_ONCE, (name) => index.#load(name.slice(0, -ENTRY_SUFFIX.length)));
    } finally {
      link.dispose();
    }
    signal.throwIfAborted();
    return index;
  }

  /** Oldest first. */
  get records(): readonly HubFileRecord[] {
    const files = [...this.#entries.values()].map(({ file }) => file);
    return files.sort((a, b) => a.uploaded_at.localeCompare(b.uploaded_at));
  }

  /** Keys of entries that could not be read, or whose file could not: next time they may be. */
  get unread(): readonly string[] {
    return this.#unread;
  }

  /** From now on the file is listed. @throws TributaryError of the disk */
  async add(file: HubFileRecord): Promise<void> {
    const found = await plainFile(this.#fileOf(file.fid));
    if (found === null) throw new TributaryError('file-missing', { path: file.filename });
    await this.#write(file, Math.floor(found.modifiedMs));
  }

  /** @throws TributaryError of the disk: it is still listed */
  async remove(fid: string): Promise<void> {
    await removeFile(this.#entryOf(fid));
    this.#entries.delete(fidKey(fid));
  }

  /**
   * Whether a file, as it was found, still is what its record says.
   * @throws TributaryError `file-missing` (it is not listed), disk errors; the signal's reason
   */
  async isRight(fid: string, found: FileState, options: { signal: AbortSignal }): Promise<boolean> {
    for (;;) {
      const entry = this.#entries.get(fidKey(fid));
      if (entry === undefined) throw new TributaryError('file-missing', { path: fid });
      if (isKnown(entry, found)) return true;
      const other = this.#checks.get(entry);
      if (other === undefined) return abortable(this.#recheck(entry, found), options);
      // That one may be of the file as it was before somebody wrote to it once more.
      if (!(await abortable(other, options))) return false;
    }
  }

  /** Nothing is hashed any more. */
  close(): void {
    this.#closing.abort(new TributaryError('engine-lost'));
  }

  async #load(key: string): Promise<void> {
    const value = await readJson(join(this.#folders.index, key + ENTRY_SUFFIX));
    try {
      if (value === undefined) throw new TributaryError('file-missing', { path: key });
      const entry = entryOf(value);
      const found = entry === null ? null : await plainFile(this.#fileOf(entry.file.fid));
      const state = found === null ? null : { ...found, modifiedMs: Math.floor(found.modifiedMs) };
      if (entry === null || state === null) await removeFile(join(this.#folders.index, key + ENTRY_SUFFIX));
      else if (isKnown(entry, state)) this.#entries.set(key, entry);
      else if (await this.#isWhole(entry, state)) await this.#write(entry.file, state.modifiedMs);
      else await removeFile(this.#entryOf(entry.file.fid));
    } catch {
      this.#unread.push(key);
    }
  }

  /** That it is right is written down at the next start: then nobody can have removed it meanwhile. */
  #recheck(entry: IndexEntry, found: FileState): Promise<boolean> {
    const check = this.#isWhole(entry, found)
      .then((isWhole) => {
        const key = fidKey(entry.file.fid);
        if (isWhole && this.#entries.get(key) === entry)
          this.#entries.set(key, { ...entry, modifiedMs: found.modifiedMs });
        return isWhole;
      })
      .finally(() => this.#checks.delete(entry));
    this.#checks.set(entry, check);
    return check;
  }

  async #isWhole({ file }: IndexEntry, { sizeBytes }: FileState): Promise<boolean> {
    if (sizeBytes !== file.size) return false;
    const job = { path: this.#fileOf(file.fid), algorithm: 'sha256' } as const;
    return (await this.#turns.take(() => hashFile(job, { signal: this.#closing.signal }))) === file.sha256;
  }

  async #write(file: HubFileRecord, modifiedMs: number): Promise<void> {
    const entry: IndexEntry = { file, sha256: digestOf(file), modifiedMs };
    await writeJson(this.#entryOf(file.fid), entry);
    this.#entries.set(fidKey(file.fid), entry);
  }

  #fileOf(fid: string): string {
    return join(this.#folders.uploads, fidKey(fid));
  }

  #entryOf(fid: string): string {
    return join(this.#folders.index, fidKey(fid) + ENTRY_SUFFIX);
  }
}

/** Nothing has happened to the file since its digest was known. */
function isKnown({ file, modifiedMs }: IndexEntry, found: FileState): boolean {
  return found.sizeBytes === file.size && found.modifiedMs === modifiedMs;
}

/** Null: it makes no sense. */
function entryOf(value: unknown): IndexEntry | null {
  const parsed = v.safeParse(IndexEntry, value);
  return parsed.success && digestOf(parsed.output.file) === parsed.output.sha256 ? parsed.output : null;
}

function digestOf(record: HubFileRecord): string {
  return createHash('sha256')
    .update(JSON.stringify(v.parse(HubFileRecord, record)))
    .digest('hex');
}
