import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { TributaryError } from '../../contract/errors.ts';
import { PART_SUFFIX } from '../../kit/partNames.ts';
import { ensureFolder, ensureSpace, isSameFileOnDisk, listFiles, makePrivateFolder } from '../disk/folder.ts';
import { type FolderLock, lockFolder } from '../disk/folderLock.ts';
import { IncomingFile } from '../disk/incomingFile.ts';
import { readJson, removeFile, writeJson } from '../disk/jsonFile.ts';
import { touch } from '../disk/plainFile.ts';
import { ReadableFile } from '../disk/readableFile.ts';
import { renameBack } from '../disk/renameBack.ts';
import { fidKey } from '../protocols/hub/fidKey.ts';
import { DEFAULT_HUB_LIMITS, type HubLimits } from '../protocols/hub/hubLimits.ts';
import type { FileOffer, HubFileRecord } from '../protocols/hub/hubMessages.ts';
import { type HubFolders, HubIndex } from './hubIndex.ts';
import { type HubPart, HubParts } from './hubParts.ts';

/** Left free on the disk for everybody else. */
const RESERVE_BYTES = 64 * 1024 * 1024;
/** Between two looks for parts that were given up. */
const TIDY_MS = 3_600_000;
const FILE_NAME = /^[0-9a-f]{32}$/;

const Identity = v.object({ secret: v.pipe(v.string(), v.minLength(16)) });

/**
 * What a hub keeps: `uploads/<fid>`, parts beside it (`HubParts`) and `index/<fid>.json`. A file gets its name when it is whole
 * and flushed, and then its entry: what has an entry is there. No name of a peer ever reaches the disk.
 */
export class HubFiles {
  /** Of an earlier run, oldest first. */
  readonly records: readonly HubFileRecord[];
  /** Of this folder alone; uids are derived from it. */
  readonly secret: string;
  /** Files that are there and not listed, because their entries are gone or make no sense. */
  readonly unlisted: number;
  readonly #uploads: string;
  readonly #index: HubIndex;
  readonly #lock: FolderLock;
  readonly #parts: HubParts;
  readonly #tidying: NodeJS.Timeout;
  /** Bytes that uploads under way still need. */
  readonly #promised = new Map<string, number>();

  private constructor(
    uploads: string,
    init: { index: HubIndex; secret: string; unlisted: number; lock: FolderLock; parts: HubParts },
  ) {
    this.#uploads = uploads;
    this.#index = init.index;
    this.#lock = init.lock;
    this.#parts = init.parts;
    this.records = init.index.records;
    this.secret = init.secret;
    this.unlisted = init.unlisted;
    this.#tidying = setInterval(() => void this.#parts.tidy(), TIDY_MS).unref();
  }

  /** @throws TributaryError `hub-folder-busy`, disk errors; the signal's reason */
  static async open(
    folder: string,
    limits: HubLimits = DEFAULT_HUB_LIMITS,
    options: { signal: AbortSignal } = new AbortController(),
  ): Promise<HubFiles> {
    const folders: HubFolders = { uploads: join(folder, 'uploads'), index: join(folder, 'index') };
    const { uploads } = folders;
    await ensureFolder(folder);
    for (const path of [uploads, folders.index]) await makePrivateFolder(path);
    const lock = await lockFolder(folder, options);
    if (lock === null) throw new TributaryError('hub-folder-busy', { path: folder });
    try {
      const index = await HubIndex.open(folders, options);
      const listed = new Set(index.records.map(({ fid }) => fidKey(fid)));
      const orphans = await renameOrphans(uploads, new Set([...listed, ...index.unread]));
      const parts = new HubParts(uploads, limits);
      await findParts(uploads, parts, listed);
      const unlisted = index.unread.length + orphans;
      return new HubFiles(uploads, { index, secret: await ownSecret(folder), unlisted, lock, parts });
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /**
   * The part with which an upload goes on or begins; its own until `release`.
   * @param person who offers
   * @throws TributaryError `disk-full`
   */
  async claim(offer: FileOffer, person: string): Promise<HubPart> {
    const part = await this.#parts.claim(offer, person);
    try {
      await this.#ensureSpace(part);
    } catch (error) {
      await this.release(part);
      throw error;
    }
    return part;
  }

  /** @throws TributaryError `disk-full`, disk errors */
  async begin(part: HubPart): Promise<IncomingFile> {
    await this.#ensureSpace(part);
    this.#promised.set(part.name, part.sizeBytes - part.offset);
    const file = await IncomingFile.open(part.path, part.sizeBytes);
    if (file.offset === part.offset) return file;
    await file.close();
    throw new TributaryError('disk-error', { path: part.path, reason: 'somebody has changed it' });
  }

  /** The upload is over, however it ended. @param options.drop nothing of it stays. @throws TributaryError of the disk */
  async release(part: HubPart, options: { drop: boolean } = { drop: false }): Promise<void> {
    this.#promised.delete(part.name);
    if (options.drop) await removeFile(part.path);
    await this.#parts.release(part.name);
  }

  /** The file is whole and right: from now on it is there, whatever happens. @throws TributaryError of the disk */
  async keep(file: IncomingFile, record: HubFileRecord): Promise<void> {
    const target = join(this.#uploads, fidKey(record.fid));
    // Something that is not listed.
    await removeFile(target);
    const hasBothNames = await file.moveTo(target);
    try {
      await this.#index.add(record);
    } catch (error) {
      if (hasBothNames) await removeFile(target);
      else await renameBack(target, file.path);
      throw error;
    }
    // One that stays all the same goes at the next start.
    if (hasBothNames) await removeFile(file.path).catch(() => {});
  }

  /**
   * One that is not what it was when it came is given to nobody; it stays as a part that nobody goes on with.
   * @throws TributaryError `file-missing`, `share-changed`, disk errors; the signal's reason
   */
  async openForReading(fid: string, options: { signal: AbortSignal }): Promise<ReadableFile> {
    const path = join(this.#uploads, fidKey(fid));
    const file = await ReadableFile.open(path, { followLinks: false });
    try {
      if (await this.#index.isRight(fid, file, options)) return file;
      await this.#setAside(path);
      throw new TributaryError('share-changed', { path });
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** First the entry: a listed file is there. @throws TributaryError of the disk: it is still there, entry and all */
  async remove(fid: string): Promise<void> {
    await this.#index.remove(fid);
    // One that stays all the same is a part at the next start, and goes as those do.
    await removeFile(join(this.#uploads, fidKey(fid))).catch(() => {});
  }

  async close(): Promise<void> {
    clearInterval(this.#tidying);
    this.#index.close();
    await this.#lock.release();
  }

  async #setAside(path: string): Promise<void> {
    await setAside(path);
    await this.#parts.found(basename(path) + PART_SUFFIX);
  }

  async #ensureSpace(part: HubPart): Promise<void> {
    let others = 0;
    for (const bytes of this.#promised.values()) others += bytes;
    await ensureSpace(this.#uploads, part.sizeBytes - part.offset + others + RESERVE_BYTES);
  }
}

/**
 * Files without an entry. Killed between the name and the entry, one still has its name as a part: its uploader goes on at
 * its end, and its digest is looked at once more. Anything else is kept for as long as parts are, from now on: whoever has
 * lost an index shall not lose old files at the next start.
 * @returns how many there are of the latter
 */
async function renameOrphans(uploads: string, listed: ReadonlySet<string>): Promise<number> {
  const names = await listFiles(uploads);
  let orphans = 0;
  for (const key of names) {
    if (!FILE_NAME.test(key) || listed.has(key)) continue;
    const path = join(uploads, key);
    const parts = names.filter((name) => HubParts.keyOf(name) === key).map((name) => join(uploads, name));
    const isPart = await Promise.all(parts.map((part) => isSameFileOnDisk(path, part)));
    if (isPart.includes(true)) {
      await removeFile(path);
      continue;
    }
    orphans++;
    await setAside(path);
  }
  return orphans;
}

/** A file that is not listed is kept for as long as parts are, from now on. @throws TributaryError of the disk */
async function setAside(path: string): Promise<void> {
  await renameBack(path, path + PART_SUFFIX);
  await touch(path + PART_SUFFIX);
}

/** Those of earlier runs. One that is a listed file by another name was killed before it went; another one is its owner's. */
async function findParts(uploads: string, parts: HubParts, listed: ReadonlySet<string>): Promise<void> {
  for (const name of await listFiles(uploads)) {
    const key = HubParts.keyOf(name);
    if (key === null) continue;
    const path = join(uploads, name);
    if (listed.has(key) && (await isSameFileOnDisk(path, join(uploads, key)))) await removeFile(path);
    else await parts.found(name);
  }
  await parts.tidy();
}

async function ownSecret(folder: string): Promise<string> {
  const path = join(folder, 'hub.json');
  const parsed = v.safeParse(Identity, await readJson(path));
  if (parsed.success) return parsed.output.secret;
  const secret = randomBytes(24).toString('base64url');
  await writeJson(path, { secret });
  return secret;
}
