import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { TributaryError } from '../../contract/errors.ts';
import { PART_SUFFIX } from '../../kit/partNames.ts';
import { fileAge } from '../disk/fileAge.ts';
import { ensureFolder, ensureSpace, listFiles, makePrivateFolder } from '../disk/folder.ts';
import { type FolderLock, lockFolder } from '../disk/folderLock.ts';
import { IncomingFile } from '../disk/incomingFile.ts';
import { readJson, removeFile, writeJson } from '../disk/jsonFile.ts';
import { fileSize } from '../disk/partFile.ts';
import { ReadableFile } from '../disk/readableFile.ts';
import { renameBack } from '../disk/renameBack.ts';
import { fidKey } from '../protocols/hub/fidKey.ts';
import { HubFileRecord } from '../protocols/hub/hubMessages.ts';

/** Left free on the disk for everybody else. */
const RESERVE_BYTES = 64 * 1024 * 1024;
/** An upload that nobody has gone on with for so long is given up. */
const ABANDONED_MS = 7 * 24 * 3_600_000;
/** A part as it is named in uploads/. */
const PART_NAME = /^[0-9a-f]{32}\.part$/;
const FILE_NAME = /^[0-9a-f]{32}$/;

const IndexEntry = v.object({ file: HubFileRecord, sha256: v.string() });
const Identity = v.object({ secret: v.pipe(v.string(), v.minLength(16)) });

/**
 * What a hub keeps: `uploads/<fid>`, `uploads/<fid>.part` and `index/<fid>.json`. A file gets its name when it is whole and
 * flushed, and then its entry: what has an entry is there. No name of a peer ever reaches the disk.
 */
export class HubFiles {
  /** Of an earlier run, oldest first. */
  readonly records: readonly HubFileRecord[];
  /** Of this folder alone; uids are derived from it. */
  readonly secret: string;
  readonly #uploads: string;
  readonly #index: string;
  readonly #lock: FolderLock;
  /** Bytes that uploads under way still need. */
  readonly #promised = new Map<string, number>();

  private constructor(folder: string, init: { records: readonly HubFileRecord[]; secret: string; lock: FolderLock }) {
    this.#uploads = join(folder, 'uploads');
    this.#index = join(folder, 'index');
    this.#lock = init.lock;
    this.records = init.records;
    this.secret = init.secret;
  }

  /** @throws TributaryError `hub-folder-busy`, disk errors */
  static async open(folder: string): Promise<HubFiles> {
    const [uploads, index] = [join(folder, 'uploads'), join(folder, 'index')];
    await ensureFolder(folder);
    for (const path of [uploads, index]) await makePrivateFolder(path);
    const lock = await lockFolder(folder);
    if (lock === null) throw new TributaryError('hub-folder-busy', { path: folder });
    try {
      const records = await loadRecords(uploads, index);
      await tidy(uploads, new Set(records.map(({ fid }) => fidKey(fid))));
      return new HubFiles(folder, { records, secret: await ownSecret(folder), lock });
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** @throws TributaryError `disk-full`, disk errors */
  async begin(fid: string, sizeBytes: number): Promise<IncomingFile> {
    const key = fidKey(fid);
    const file = await IncomingFile.open(join(this.#uploads, key), sizeBytes);
    try {
      let others = 0;
      for (const bytes of this.#promised.values()) others += bytes;
      await ensureSpace(this.#uploads, sizeBytes - file.offset + others + RESERVE_BYTES);
      this.#promised.set(key, sizeBytes - file.offset);
      return file;
    } catch (error) {
      await file.close();
      if (file.offset === 0) await removeFile(join(this.#uploads, key + PART_SUFFIX));
      throw error;
    }
  }

  /** The upload is over, however it ended. */
  ended(fid: string): void {
    this.#promised.delete(fidKey(fid));
  }

  /** The file is whole and right: from now on it is there, whatever happens. @throws TributaryError of the disk */
  async keep(file: IncomingFile, record: HubFileRecord): Promise<void> {
    await file.moveToTarget();
    await writeJson(join(this.#index, `${fidKey(record.fid)}.json`), { file: record, sha256: digestOf(record) });
  }

  /** @throws TributaryError `file-missing`, disk errors */
  openForReading(fid: string): Promise<ReadableFile> {
    return ReadableFile.open(join(this.#uploads, fidKey(fid)));
  }

  /** First the entry: a listed file is there. @throws TributaryError of the disk */
  async remove(fid: string): Promise<void> {
    await removeFile(join(this.#index, `${fidKey(fid)}.json`));
    await removeFile(join(this.#uploads, fidKey(fid)));
  }

  async close(): Promise<void> {
    await this.#lock.release();
  }
}

/** Entries whose file is there and has its size; others are of files that were taken away by hand. */
async function loadRecords(uploads: string, index: string): Promise<HubFileRecord[]> {
  const names = (await listFiles(index)).filter((name) => name.endsWith('.json'));
  const entries = await Promise.all(
    names.map(async (name) => {
      const parsed = v.safeParse(IndexEntry, await readJson(join(index, name)));
      if (!parsed.success || digestOf(parsed.output.file) !== parsed.output.sha256) return [];
      const { file } = parsed.output;
      return (await fileSize(join(uploads, fidKey(file.fid)))) === file.size ? [file] : [];
    }),
  );
  return entries.flat().sort((a, b) => a.uploaded_at.localeCompare(b.uploaded_at));
}

async function tidy(uploads: string, listed: ReadonlySet<string>): Promise<void> {
  for (const name of await listFiles(uploads)) {
    const path = join(uploads, name);
    // Killed between the name and the entry: its uploader goes on at its end, and its digest is looked at once more.
    if (FILE_NAME.test(name) && !listed.has(name)) await renameBack(path, path + PART_SUFFIX);
    else if (PART_NAME.test(name) && (await fileAge(path)) > ABANDONED_MS) await removeFile(path);
  }
}

async function ownSecret(folder: string): Promise<string> {
  const path = join(folder, 'hub.json');
  const parsed = v.safeParse(Identity, await readJson(path));
  if (parsed.success) return parsed.output.secret;
  const secret = randomBytes(24).toString('base64url');
  await writeJson(path, { secret });
  return secret;
}

function digestOf(record: HubFileRecord): string {
  return createHash('sha256')
    .update(JSON.stringify(v.parse(HubFileRecord, record)))
    .digest('hex');
}
