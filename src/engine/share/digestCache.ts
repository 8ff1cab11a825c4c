import * as v from 'valibot';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { settledWithin } from '../../kit/settledWithin.ts';
import { SMALL_BYTES } from '../disk/hashFile.ts';
import { readJson, writeJson } from '../disk/jsonFile.ts';
import { type FileHashes, hashInPieces } from '../disk/pieceHashes.ts';
import type { ShareableFile } from '../disk/shareableFiles.ts';
import { usualPieceLength } from '../protocols/seed/filesDocument.ts';
import { HashQueue } from './hashQueue.ts';

/** Files whose digests are kept when they are not shared now; those that were asked for least lately go first. */
const MAX_KEPT = 4096;
/** Of all piece hashes that are written down: about a terabyte of files. */
const MAX_KEPT_PIECES = 200_000;
/** And a millisecond more for each file: a long list is written less often. */
const SAVE_MS = 2000;
/** A long file that was written to so lately is written to still, and would be hashed in vain. */
const REST_MS = 2000;
/** Files up to that size are worth a moment's wait; nobody waits longer than that. */
const PROMPT_BYTES = 1024 * 1024;
const PROMPT_MS = 1000;

const Kept = v.object({
  version: v.literal(1),
  files: v.array(
    v.object({
      path: v.string(),
      tag: v.string(),
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
      lengthBytes: v.number(),
      /** 32 bytes each, base64. */
      pieces: v.string(),
    }),
  ),
});

interface Entry extends FileHashes {
  readonly tag: string;
  readonly lengthBytes: number;
}

/** What of a file has to be known for its digest. */
type Subject = Pick<ShareableFile, 'path' | 'tag' | 'sizeBytes' | 'mtimeMs'>;

/**
 * Digests of shared files, computed in the background and kept by path and version: small ones one after the other here, long
 * ones one after the other on a thread.
 */
export class DigestCache {
  readonly #filePath: string | null;
  readonly #entries = new Map<string, Entry>();
  /** What is shared now: paths. */
  #shared: ReadonlySet<string> = new Set();
  /** Files that could not be read, or changed under our hands; tried again when they have changed. */
  readonly #failed = new Map<string, string>();
  readonly #changed = new Emitter<void>();
  readonly #closing = new AbortController();
  readonly #small = new HashQueue<Subject>((file) => this.#hashOnce(file), this.#closing);
  readonly #long = new HashQueue<Subject>((file) => this.#hashOnce(file), this.#closing);
  readonly #underWay = new Map<string, Promise<void>>();
  #saving: Promise<void> = Promise.resolve();
  #saveTimer: NodeJS.Timeout | undefined;

  /** One more digest is known. */
  readonly onDidChange: Event<void> = this.#changed.event;

  private constructor(filePath: string | null) {
    this.#filePath = filePath;
  }

  /** @param filePath where digests outlive the process; null: nowhere */
  static async open(filePath: string | null): Promise<DigestCache> {
    const cache = new DigestCache(filePath);
    if (filePath !== null) for (const [path, entry] of await readKept(filePath)) cache.#entries.set(path, entry);
    return cache;
  }

  /** Null: not known yet. */
  sha256Of(file: Subject): string | null {
    return this.#entryOf(file)?.sha256 ?? null;
  }

  /** Null: not known, or the pieces are of another length. */
  piecesOf(file: Subject, lengthBytes: number): readonly string[] | null {
    const entry = this.#entryOf(file);
    return entry?.lengthBytes === lengthBytes ? entry.pieces : null;
  }

  /** Whether it is being waited for; false: it is known, or will never be. */
  isPending(file: Subject): boolean {
    return this.#entryOf(file) === null && this.#failed.get(file.path) !== file.tag;
  }

  /** What is shared now, and nothing else, is hashed; small files first, so that many are known soon. */
  want(files: readonly Subject[]): void {
    this.#shared = new Set(files.map(({ path }) => path));
    this.#forgetOthers();
    const nowMs = Date.now();
    const missing = files.filter((file) => this.isPending(file)).sort((a, b) => a.sizeBytes - b.sizeBytes);
    this.#small.set(missing.filter(isSmall));
    this.#long.set(missing.filter((file) => !isSmall(file) && hasRested(file, nowMs)));
  }

  /**
   * Waits for digests that take only a moment, so that what has just been made is told of with its digest: without one, two
   * versions of the same size look alike.
   */
  async settle(files: readonly Subject[]): Promise<void> {
    const prompt = files.filter((file) => file.sizeBytes <= PROMPT_BYTES && this.isPending(file));
    if (prompt.length === 0) return;
    let over = false;
    const hashAll = async (): Promise<void> => {
      for (const file of prompt) if (!over) await this.#hashOnce(file);
    };
    await settledWithin(PROMPT_MS, hashAll());
    over = true;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the digests are no longer wanted'));
    await Promise.all([this.#small.idle(), this.#long.idle(), ...this.#underWay.values()]);
    clearTimeout(this.#saveTimer);
    if (this.#saveTimer !== undefined) this.#save();
    await this.#saving;
  }

  #entryOf({ path, tag }: Subject): Entry | null {
    const entry = this.#entries.get(path);
    if (entry?.tag !== tag) return null;
    // The latest stand at the end.
    this.#entries.delete(path);
    this.#entries.set(path, entry);
    return entry;
  }

  #forgetOthers(): void {
    for (const path of this.#failed.keys()) if (!this.#shared.has(path)) this.#failed.delete(path);
    for (const path of this.#entries.keys()) {
      if (this.#entries.size <= MAX_KEPT) return;
      if (!this.#shared.has(path)) this.#entries.delete(path);
    }
  }

  /** Never rejects. */
  async #hashOnce(file: Subject): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted || !this.isPending(file)) return;
    const version = `${file.tag} ${file.path}`;
    const hashing = this.#underWay.get(version) ?? this.#hash(file, signal);
    this.#underWay.set(version, hashing);
    await hashing;
    if (this.#underWay.delete(version)) this.#changed.fire();
  }

  async #hash(file: Subject, signal: AbortSignal): Promise<void> {
    const lengthBytes = usualPieceLength(file.sizeBytes);
    try {
      const hashes = await hashInPieces({ ...file, lengthBytes }, { signal });
      this.#entries.delete(file.path);
      this.#entries.set(file.path, { ...hashes, tag: file.tag, lengthBytes });
      this.#saveTimer ??= setTimeout(() => this.#save(), SAVE_MS + this.#entries.size).unref();
    } catch {
      if (!signal.aborted) this.#failed.set(file.path, file.tag);
    }
  }

  /** A cache: when it cannot be written, digests are computed again one day. */
  #save(): void {
    this.#saveTimer = undefined;
    const path = this.#filePath;
    if (path === null) return;
    this.#saving = this.#saving.then(() => this.#write(path)).catch(() => {});
  }

  async #write(path: string): Promise<void> {
    const entries = await this.#withOthers(path);
    let room = MAX_KEPT_PIECES;
    const files = entries.reverse().map(([file, { tag, sha256, lengthBytes, pieces }]) => {
      room -= pieces.length;
      return { path: file, tag, sha256, lengthBytes: room < 0 ? 0 : lengthBytes, pieces: room < 0 ? '' : pack(pieces) };
    });
    await writeJson(path, { version: 1, files: files.reverse() }, { durable: false });
  }

  /** Each seed of this user is a process of its own, and all keep their digests in one file: those of the others stay in it. */
  async #withOthers(path: string): Promise<[string, Entry][]> {
    const kept = await readKept(path);
    const isOwn = (file: string): boolean => this.#shared.has(file) || !kept.has(file);
    const own = [...this.#entries].filter(([file]) => isOwn(file));
    const others = [...kept].filter(([file]) => !this.#shared.has(file));
    return [...others.slice(-MAX_KEPT), ...own];
  }
}

/** By path, those that were asked for least lately first; none when the file is missing or torn. */
async function readKept(filePath: string): Promise<Map<string, Entry>> {
  const parsed = v.safeParse(Kept, await readJson(filePath));
  return new Map(
    (parsed.success ? parsed.output.files : []).map(({ path, tag, sha256, lengthBytes, pieces }) => [
      path,
      { tag, sha256, lengthBytes, pieces: unpack(pieces) },
    ]),
  );
}

function isSmall({ sizeBytes }: Subject): boolean {
  return sizeBytes <= SMALL_BYTES;
}

/** A time to come is that of another clock. */
function hasRested({ mtimeMs }: Subject, nowMs: number): boolean {
  return mtimeMs > nowMs || nowMs - mtimeMs > REST_MS;
}

function pack(pieces: readonly string[]): string {
  return Buffer.from(pieces.join(''), 'hex').toString('base64');
}

function unpack(text: string): string[] {
  return Buffer.from(text, 'base64').toString('hex').match(/.{64}/g) ?? [];
}
