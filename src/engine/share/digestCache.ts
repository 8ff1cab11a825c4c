import * as v from 'valibot';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { readJson, writeJson } from '../disk/jsonFile.ts';
import { type FileHashes, hashInPieces } from '../disk/pieceHashes.ts';
import { fileFacts } from '../disk/servedFile.ts';
import type { ShareableFile } from '../disk/shareableFiles.ts';
import { usualPieceLength } from '../protocols/seed/filesDocument.ts';

/** Files whose digests are kept; those that were asked for least lately go first. */
const MAX_KEPT = 4096;
/** Of all piece hashes that are written down: about a terabyte of files. */
const MAX_KEPT_PIECES = 200_000;
const SAVE_MS = 2000;

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
type Subject = Pick<ShareableFile, 'path' | 'tag' | 'sizeBytes'>;

/**
 * Digests of shared files, computed one file after the other in the background and kept by path, size and time of the last
 * change.
 */
export class DigestCache {
  readonly #filePath: string | null;
  readonly #entries = new Map<string, Entry>();
  readonly #wanted = new Map<string, Subject>();
  /** Files that could not be read, or changed under our hands; tried again when they have changed. */
  readonly #failed = new Map<string, string>();
  readonly #changed = new Emitter<void>();
  readonly #closing = new AbortController();
  #working: Promise<void> | null = null;
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
    const parsed = filePath === null ? null : v.safeParse(Kept, await readJson(filePath));
    for (const { path, tag, sha256, lengthBytes, pieces } of parsed?.success ? parsed.output.files : []) {
      cache.#entries.set(path, { tag, sha256, lengthBytes, pieces: unpack(pieces) });
    }
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
    this.#wanted.clear();
    const missing = files.filter((file) => this.isPending(file));
    for (const file of missing.toSorted((a, b) => a.sizeBytes - b.sizeBytes)) this.#wanted.set(file.path, file);
    if (this.#wanted.size > 0) this.#working ??= this.#work().finally(() => (this.#working = null));
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the digests are no longer wanted'));
    await this.#working;
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

  async #work(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const [next] = this.#wanted.values();
      if (next === undefined) return;
      this.#wanted.delete(next.path);
      await this.#hash(next, signal);
      this.#changed.fire();
    }
  }

  async #hash(file: Subject, signal: AbortSignal): Promise<void> {
    const lengthBytes = usualPieceLength(file.sizeBytes);
    try {
      const hashes = await hashInPieces({ ...file, lengthBytes }, { signal });
      if ((await fileFacts(file.path))?.tag !== file.tag) throw new Error('it changed while it was read');
      this.#entries.delete(file.path);
      this.#entries.set(file.path, { ...hashes, tag: file.tag, lengthBytes });
      const [oldest] = this.#entries.keys();
      if (this.#entries.size > MAX_KEPT && oldest !== undefined) this.#entries.delete(oldest);
      this.#saveTimer ??= setTimeout(() => this.#save(), SAVE_MS).unref();
    } catch {
      if (!signal.aborted) this.#failed.set(file.path, file.tag);
    }
  }

  /** A cache: when it cannot be written, digests are computed again one day. */
  #save(): void {
    this.#saveTimer = undefined;
    const path = this.#filePath;
    if (path === null) return;
    let room = MAX_KEPT_PIECES;
    const files = [...this.#entries].reverse().map(([file, { tag, sha256, lengthBytes, pieces }]) => {
      room -= pieces.length;
      return { path: file, tag, sha256, lengthBytes: room < 0 ? 0 : lengthBytes, pieces: room < 0 ? '' : pack(pieces) };
    });
    const kept = { version: 1, files: files.reverse() };
    this.#saving = this.#saving.then(() => writeJson(path, kept, { durable: false })).catch(() => {});
  }
}

function pack(pieces: readonly string[]): string {
  return Buffer.from(pieces.join(''), 'hex').toString('base64');
}

function unpack(text: string): string[] {
  return Buffer.from(text, 'base64').toString('hex').match(/.{64}/g) ?? [];
}
